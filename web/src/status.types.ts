// SPDX-License-Identifier: MIT
// Made from schema/status.schema.json by `npm run generate`: change that, not this.

/**
 * The status of a platform, for programs: whether it works, when that was decided, and the state of its backups. New versions only add fields.
 */
export interface PlatformStatus {
  /**
   * Version of this schema.
   */
  schema_version?: 1;
  /**
   * When the status was decided. UTC, whole seconds.
   */
  updated_at: string;
  /**
   * From this time on, a reader must treat the platform status as unknown. UTC, whole seconds.
   */
  stale_after?: string;
  /**
   * Whether the platform works. unknown means that nothing is known: it is neither good nor bad.
   */
  platform_status: "operational" | "degraded" | "outage" | "unknown";
  /**
   * One sentence for people, which is true of everything that is published. Programs use platform_status.
   */
  headline?: {
    /**
     * The reason for the sentence. maintenance: maintenance is in progress, and the platform is not degraded for another reason. component_not_operational: the platform is operational, but a component is not, or is unknown. backups_not_watched: operational, and no source of backups is set. operational: everything that is published is good.
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
     * The sentence, as plain text on one line. For an outage, it names the affected components.
     */
    text: string;
    /**
     * The names of the components that the sentence is about, for readers that write it in another language: those in outage, or those that are not operational. The text may only count them. Empty for other codes.
     */
    components?: string[];
  };
  /**
   * Uptime of the platform in percent; null if there is no evidence.
   */
  uptime: {
    /**
     * Uptime of the last 24 hours in percent, with at most three decimals, rounded down.
     */
    last_24h: number | null;
    /**
     * Uptime of the last 7 days in percent, with at most three decimals, rounded down.
     */
    last_7d: number | null;
    /**
     * Uptime of the last 30 days in percent, with at most three decimals, rounded down.
     */
    last_30d: number | null;
  };
  /**
   * The state of the backups.
   */
  backups: {
    /**
     * The backup policy in words.
     */
    policy?: string;
    /**
     * The status of the worst backup group.
     */
    last_backup_status: "success" | "warning" | "failed" | "unknown";
    /**
     * The time of the newest backup; null if there is none, or if it is not known. UTC, whole seconds.
     */
    last_backup_time: string | null;
    /**
     * The time up to which every backup group is covered: that of the oldest among the newest backups of all groups. UTC, whole seconds.
     */
    last_successful_backup: string | null;
  };
  /**
   * The infrastructure of the platform in words.
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
     * Other notes about the infrastructure.
     */
    notes?: string;
  };
  /**
   * Texts for people: why the status was set by hand, present and future maintenance, and the progress of incidents.
   */
  notices?: {
    /**
     * The kind of the notice.
     */
    kind: "override" | "maintenance" | "incident";
    /**
     * The text of the notice, as plain text on one line.
     */
    text: string;
    /**
     * When it began, or will begin if it lies in the future; null if that is not known. UTC, whole seconds.
     */
    since?: string | null;
    /**
     * When it ends; null if that is not known. UTC, whole seconds.
     */
    until?: string | null;
  }[];
}
