// SPDX-License-Identifier: MIT
export { POST } from "elytra-status-next/revalidate";
