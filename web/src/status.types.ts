// SPDX-License-Identifier: MIT
// Made from schema/status.schema.json by `npm run generate`: change that, not this.

/**
 * What elytra-status publishes for programs: whether the platform works, since when that is known, and how its backups stand. Fields are only ever added.
 */
export interface PlatformStatus {
  /**
   * Version of this schema.
   */
  schema_version?: 1;
  /**
   * When this was decided. UTC, whole seconds.
   */
  updated_at: string;
  /**
   * From this moment on a reader must take the platform status for unknown. UTC, whole seconds.
   */
  stale_after?: string;
  /**
   * Whether the platform works. unknown means just that: neither good nor bad is claimed.
   */
  platform_status: "operational" | "degraded" | "outage" | "unknown";
  /**
   * What people should be told: one sentence that is true of everything published. Programs use platform_status.
   */
  headline?: {
    /**
     * Why the sentence is what it is. maintenance: nothing is wrong but announced work. component_not_operational: the platform is operational, and a component is not, or is unknown. backups_not_watched: operational, and nothing is set to watch backups. operational: everything published is good.
     */
    code:
      | "outage"
      | "unknown"
      | "degraded"
      | "maintenance"
      | "open_incident"
      | "component_not_operational"
      | "backups_failed"
      | "backups_delayed"
      | "backups_unknown"
      | "backups_not_watched"
      | "operational";
    /**
     * The sentence itself, plain text on one line. An outage names the components concerned.
     */
    text: string;
  };
  /**
   * Share of time in which the platform was up, in percent; null where there is no evidence.
   */
  uptime: {
    /**
     * Percent of the last 24 hours, at most three decimals, cut off and never rounded up.
     */
    last_24h: number | null;
    /**
     * Percent of the last 7 days, at most three decimals, cut off and never rounded up.
     */
    last_7d: number | null;
    /**
     * Percent of the last 30 days, at most three decimals, cut off and never rounded up.
     */
    last_30d: number | null;
  };
  /**
   * How the backups stand.
   */
  backups: {
    /**
     * What is backed up, and how, in words.
     */
    policy?: string;
    /**
     * The worst state of all groups of backups.
     */
    last_backup_status: "success" | "warning" | "failed" | "unknown";
    /**
     * The newest backup of all; null if there is none or it is not known. UTC, whole seconds.
     */
    last_backup_time: string | null;
    /**
     * The moment up to which every group is covered: the oldest of the groups' newest backups. UTC, whole seconds.
     */
    last_successful_backup: string | null;
  };
  /**
   * What the platform is made of, in words.
   */
  infrastructure?: {
    /**
     * How clients are served.
     */
    model?: string;
    /**
     * Regions that the platform runs in.
     */
    regions?: string[];
    /**
     * Anything else about it.
     */
    notes?: string;
  };
  /**
   * What a person should read beside the status: why it was set by hand, what maintenance there is or will be, how an incident goes.
   */
  notices?: {
    /**
     * What kind of notice it is.
     */
    kind: "override" | "maintenance" | "incident";
    /**
     * The notice itself, plain text on one line.
     */
    text: string;
    /**
     * When it began, or will begin where it is in the future; null if that is not known. UTC, whole seconds.
     */
    since?: string | null;
    /**
     * When it ends; null if that is not known. UTC, whole seconds.
     */
    until?: string | null;
  }[];
}
