// SPDX-License-Identifier: MIT
// The exports for client components.
export { fetchPlatformStatus, fetchStatus, type PlatformStatusResult, type StatusResult } from "./fetchStatus";
export {
  STATUS_EVENT,
  trackStatusEvents,
  type StatusEventName,
  type StatusEventProperties,
  type Track,
} from "./events";
export { StatusAnalytics } from "./StatusAnalytics";
export type { PlatformStatus, PlatformStatus as Status } from "./status.types";
