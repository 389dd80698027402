// SPDX-License-Identifier: MIT
import type { NextConfig } from "next";
import { securityHeaders } from "./src/headers";

const config: NextConfig = {
  poweredByHeader: false,
  // A cached page is rendered again after ten minutes, and the visitor who comes first still gets the old one. After
  // fifteen minutes visitors wait for the new one: a status is valid for thirty.
  expireTime: 900,
  headers: async () => [{ source: "/:path*", headers: securityHeaders() }],
};

export default config;
