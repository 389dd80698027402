// SPDX-License-Identifier: MIT
export {
  fetchPlatformStatus,
  fetchStatus,
  REVALIDATE_SECONDS,
  STATUS_TAG,
  TIMEOUT_SECONDS,
  type FetchStatusOptions,
  type PlatformStatusResult,
  type StatusError,
  type StatusResult,
} from "./fetchStatus";
export { fetchDetails, type Details } from "./details";
export { readStatus } from "./read";
export { GUIDE_LABELS, languages, type Labels } from "./messages";
export type { PlatformStatus, PlatformStatus as Status } from "./status.types";
export { PlatformStatusCard, type PlatformStatusCardProps } from "./PlatformStatusCard";
export { PlatformStatusPage, type PlatformStatusPageProps } from "./PlatformStatusPage";
export { PlatformStatusSection, type PlatformStatusSectionProps } from "./PlatformStatusSection";
export { PlatformStatusBadge } from "./PlatformStatusBadge";
