// SPDX-License-Identifier: MIT
// Made from schema/status.schema.json by `npm run generate`: change that, not this.
// The code is ajv's, https://ajv.js.org, which is under the MIT license as well.

var __getOwnPropNames = Object.getOwnPropertyNames;
var __commonJS = (cb, mod) =>
  function __require() {
    try {
      return (mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports);
    } catch (e) {
      throw ((mod = 0), e);
    }
  };

var require_ucs2length = __commonJS({
  "node_modules/ajv/dist/runtime/ucs2length.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    function ucs2length(str) {
      const len = str.length;
      let length = 0;
      let pos = 0;
      let value;
      while (pos < len) {
        length++;
        value = str.charCodeAt(pos++);
        if (value >= 55296 && value <= 56319 && pos < len) {
          value = str.charCodeAt(pos);
          if ((value & 64512) === 56320) pos++;
        }
      }
      return length;
    }
    exports.default = ucs2length;
    ucs2length.code = 'require("ajv/dist/runtime/ucs2length").default';
  },
});

var validate = validate20;
var stdin_default = validate20;
var schema31 = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://elytra-status.example/schema/status.schema.json",
  type: "object",
  required: ["updated_at", "platform_status", "uptime", "backups"],
  properties: {
    schema_version: { const: 1 },
    updated_at: { $ref: "#/$defs/time" },
    stale_after: { $ref: "#/$defs/time" },
    platform_status: { enum: ["operational", "degraded", "outage", "unknown"] },
    headline: {
      type: "object",
      required: ["code", "text"],
      properties: {
        code: {
          enum: [
            "outage",
            "unknown",
            "degraded",
            "maintenance",
            "open_incident",
            "component_not_operational",
            "backups_failed",
            "backups_delayed",
            "backups_unknown",
            "backups_not_watched",
            "operational",
          ],
        },
        text: { type: "string", minLength: 1, maxLength: 200, not: { pattern: "[\\u0000-\\u001f\\u007f]" } },
      },
    },
    uptime: {
      type: "object",
      required: ["last_24h", "last_7d", "last_30d"],
      properties: {
        last_24h: { $ref: "#/$defs/percent" },
        last_7d: { $ref: "#/$defs/percent" },
        last_30d: { $ref: "#/$defs/percent" },
      },
    },
    backups: {
      type: "object",
      required: ["last_backup_status", "last_backup_time", "last_successful_backup"],
      properties: {
        policy: { type: "string" },
        last_backup_status: { enum: ["success", "warning", "failed", "unknown"] },
        last_backup_time: { $ref: "#/$defs/time_or_null" },
        last_successful_backup: { $ref: "#/$defs/time_or_null" },
      },
    },
    infrastructure: {
      type: "object",
      properties: {
        model: { type: "string" },
        regions: { type: "array", items: { type: "string" } },
        notes: { type: "string" },
      },
    },
    notices: {
      type: "array",
      items: {
        type: "object",
        required: ["kind", "text"],
        properties: {
          kind: { enum: ["override", "maintenance", "incident"] },
          text: { type: "string", minLength: 1, maxLength: 1e3, not: { pattern: "[\\u0000-\\u001f\\u007f]" } },
          since: { $ref: "#/$defs/time_or_null" },
          until: { $ref: "#/$defs/time_or_null" },
        },
      },
    },
  },
  $defs: {
    time: {
      type: "string",
      format: "date-time",
      maxLength: 20,
      pattern: "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
    },
    time_or_null: {
      type: ["string", "null"],
      format: "date-time",
      maxLength: 20,
      pattern: "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
    },
    percent: { type: ["number", "null"], minimum: 0, maximum: 100 },
  },
};
var schema34 = { type: ["number", "null"], minimum: 0, maximum: 100 };
var schema37 = {
  type: ["string", "null"],
  format: "date-time",
  maxLength: 20,
  pattern: "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
};
var func1 = require_ucs2length().default;
var pattern4 = new RegExp(
  "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
  "u",
);
var pattern6 = new RegExp("[\\u0000-\\u001f\\u007f]", "u");
function validate20(
  data,
  { instancePath = "", parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate20.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = void 0;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = void 0;
  }
  if (errors === 0) {
    if (data && typeof data == "object" && !Array.isArray(data)) {
      let missing0;
      if (
        (data.updated_at === void 0 && (missing0 = "updated_at")) ||
        (data.platform_status === void 0 && (missing0 = "platform_status")) ||
        (data.uptime === void 0 && (missing0 = "uptime")) ||
        (data.backups === void 0 && (missing0 = "backups"))
      ) {
        validate20.errors = [
          { instancePath, schemaPath: "#/required", keyword: "required", params: { missingProperty: missing0 } },
        ];
        return false;
      } else {
        if (data.schema_version !== void 0) {
          const _errs1 = errors;
          if (1 !== data.schema_version) {
            validate20.errors = [
              {
                instancePath: instancePath + "/schema_version",
                schemaPath: "#/properties/schema_version/const",
                keyword: "const",
                params: { allowedValue: 1 },
              },
            ];
            return false;
          }
          var valid0 = _errs1 === errors;
        } else {
          var valid0 = true;
        }
        if (valid0) {
          if (data.updated_at !== void 0) {
            let data1 = data.updated_at;
            const _errs2 = errors;
            const _errs3 = errors;
            if (errors === _errs3) {
              if (errors === _errs3) {
                if (typeof data1 === "string") {
                  if (func1(data1) > 20) {
                    validate20.errors = [
                      {
                        instancePath: instancePath + "/updated_at",
                        schemaPath: "#/$defs/time/maxLength",
                        keyword: "maxLength",
                        params: { limit: 20 },
                      },
                    ];
                    return false;
                  } else {
                    if (!pattern4.test(data1)) {
                      validate20.errors = [
                        {
                          instancePath: instancePath + "/updated_at",
                          schemaPath: "#/$defs/time/pattern",
                          keyword: "pattern",
                          params: {
                            pattern:
                              "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
                          },
                        },
                      ];
                      return false;
                    }
                  }
                } else {
                  validate20.errors = [
                    {
                      instancePath: instancePath + "/updated_at",
                      schemaPath: "#/$defs/time/type",
                      keyword: "type",
                      params: { type: "string" },
                    },
                  ];
                  return false;
                }
              }
            }
            var valid0 = _errs2 === errors;
          } else {
            var valid0 = true;
          }
          if (valid0) {
            if (data.stale_after !== void 0) {
              let data2 = data.stale_after;
              const _errs5 = errors;
              const _errs6 = errors;
              if (errors === _errs6) {
                if (errors === _errs6) {
                  if (typeof data2 === "string") {
                    if (func1(data2) > 20) {
                      validate20.errors = [
                        {
                          instancePath: instancePath + "/stale_after",
                          schemaPath: "#/$defs/time/maxLength",
                          keyword: "maxLength",
                          params: { limit: 20 },
                        },
                      ];
                      return false;
                    } else {
                      if (!pattern4.test(data2)) {
                        validate20.errors = [
                          {
                            instancePath: instancePath + "/stale_after",
                            schemaPath: "#/$defs/time/pattern",
                            keyword: "pattern",
                            params: {
                              pattern:
                                "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
                            },
                          },
                        ];
                        return false;
                      }
                    }
                  } else {
                    validate20.errors = [
                      {
                        instancePath: instancePath + "/stale_after",
                        schemaPath: "#/$defs/time/type",
                        keyword: "type",
                        params: { type: "string" },
                      },
                    ];
                    return false;
                  }
                }
              }
              var valid0 = _errs5 === errors;
            } else {
              var valid0 = true;
            }
            if (valid0) {
              if (data.platform_status !== void 0) {
                let data3 = data.platform_status;
                const _errs8 = errors;
                if (!(data3 === "operational" || data3 === "degraded" || data3 === "outage" || data3 === "unknown")) {
                  validate20.errors = [
                    {
                      instancePath: instancePath + "/platform_status",
                      schemaPath: "#/properties/platform_status/enum",
                      keyword: "enum",
                      params: { allowedValues: schema31.properties.platform_status.enum },
                    },
                  ];
                  return false;
                }
                var valid0 = _errs8 === errors;
              } else {
                var valid0 = true;
              }
              if (valid0) {
                if (data.headline !== void 0) {
                  let data4 = data.headline;
                  const _errs9 = errors;
                  if (errors === _errs9) {
                    if (data4 && typeof data4 == "object" && !Array.isArray(data4)) {
                      let missing1;
                      if (
                        (data4.code === void 0 && (missing1 = "code")) ||
                        (data4.text === void 0 && (missing1 = "text"))
                      ) {
                        validate20.errors = [
                          {
                            instancePath: instancePath + "/headline",
                            schemaPath: "#/properties/headline/required",
                            keyword: "required",
                            params: { missingProperty: missing1 },
                          },
                        ];
                        return false;
                      } else {
                        if (data4.code !== void 0) {
                          let data5 = data4.code;
                          const _errs11 = errors;
                          if (!(
                            data5 === "outage" ||
                            data5 === "unknown" ||
                            data5 === "degraded" ||
                            data5 === "maintenance" ||
                            data5 === "open_incident" ||
                            data5 === "component_not_operational" ||
                            data5 === "backups_failed" ||
                            data5 === "backups_delayed" ||
                            data5 === "backups_unknown" ||
                            data5 === "backups_not_watched" ||
                            data5 === "operational"
                          )) {
                            validate20.errors = [
                              {
                                instancePath: instancePath + "/headline/code",
                                schemaPath: "#/properties/headline/properties/code/enum",
                                keyword: "enum",
                                params: { allowedValues: schema31.properties.headline.properties.code.enum },
                              },
                            ];
                            return false;
                          }
                          var valid3 = _errs11 === errors;
                        } else {
                          var valid3 = true;
                        }
                        if (valid3) {
                          if (data4.text !== void 0) {
                            let data6 = data4.text;
                            const _errs12 = errors;
                            const _errs14 = errors;
                            const _errs15 = errors;
                            if (typeof data6 === "string") {
                              if (!pattern6.test(data6)) {
                                const err0 = {};
                                if (vErrors === null) {
                                  vErrors = [err0];
                                } else {
                                  vErrors.push(err0);
                                }
                                errors++;
                              }
                            }
                            var valid4 = _errs15 === errors;
                            if (valid4) {
                              validate20.errors = [
                                {
                                  instancePath: instancePath + "/headline/text",
                                  schemaPath: "#/properties/headline/properties/text/not",
                                  keyword: "not",
                                  params: {},
                                },
                              ];
                              return false;
                            } else {
                              errors = _errs14;
                              if (vErrors !== null) {
                                if (_errs14) {
                                  vErrors.length = _errs14;
                                } else {
                                  vErrors = null;
                                }
                              }
                            }
                            if (errors === _errs12) {
                              if (typeof data6 === "string") {
                                if (func1(data6) > 200) {
                                  validate20.errors = [
                                    {
                                      instancePath: instancePath + "/headline/text",
                                      schemaPath: "#/properties/headline/properties/text/maxLength",
                                      keyword: "maxLength",
                                      params: { limit: 200 },
                                    },
                                  ];
                                  return false;
                                } else {
                                  if (func1(data6) < 1) {
                                    validate20.errors = [
                                      {
                                        instancePath: instancePath + "/headline/text",
                                        schemaPath: "#/properties/headline/properties/text/minLength",
                                        keyword: "minLength",
                                        params: { limit: 1 },
                                      },
                                    ];
                                    return false;
                                  }
                                }
                              } else {
                                validate20.errors = [
                                  {
                                    instancePath: instancePath + "/headline/text",
                                    schemaPath: "#/properties/headline/properties/text/type",
                                    keyword: "type",
                                    params: { type: "string" },
                                  },
                                ];
                                return false;
                              }
                            }
                            var valid3 = _errs12 === errors;
                          } else {
                            var valid3 = true;
                          }
                        }
                      }
                    } else {
                      validate20.errors = [
                        {
                          instancePath: instancePath + "/headline",
                          schemaPath: "#/properties/headline/type",
                          keyword: "type",
                          params: { type: "object" },
                        },
                      ];
                      return false;
                    }
                  }
                  var valid0 = _errs9 === errors;
                } else {
                  var valid0 = true;
                }
                if (valid0) {
                  if (data.uptime !== void 0) {
                    let data7 = data.uptime;
                    const _errs16 = errors;
                    if (errors === _errs16) {
                      if (data7 && typeof data7 == "object" && !Array.isArray(data7)) {
                        let missing2;
                        if (
                          (data7.last_24h === void 0 && (missing2 = "last_24h")) ||
                          (data7.last_7d === void 0 && (missing2 = "last_7d")) ||
                          (data7.last_30d === void 0 && (missing2 = "last_30d"))
                        ) {
                          validate20.errors = [
                            {
                              instancePath: instancePath + "/uptime",
                              schemaPath: "#/properties/uptime/required",
                              keyword: "required",
                              params: { missingProperty: missing2 },
                            },
                          ];
                          return false;
                        } else {
                          if (data7.last_24h !== void 0) {
                            let data8 = data7.last_24h;
                            const _errs18 = errors;
                            const _errs19 = errors;
                            if (!(typeof data8 == "number" && isFinite(data8)) && data8 !== null) {
                              validate20.errors = [
                                {
                                  instancePath: instancePath + "/uptime/last_24h",
                                  schemaPath: "#/$defs/percent/type",
                                  keyword: "type",
                                  params: { type: schema34.type },
                                },
                              ];
                              return false;
                            }
                            if (errors === _errs19) {
                              if (typeof data8 == "number" && isFinite(data8)) {
                                if (data8 > 100 || isNaN(data8)) {
                                  validate20.errors = [
                                    {
                                      instancePath: instancePath + "/uptime/last_24h",
                                      schemaPath: "#/$defs/percent/maximum",
                                      keyword: "maximum",
                                      params: { comparison: "<=", limit: 100 },
                                    },
                                  ];
                                  return false;
                                } else {
                                  if (data8 < 0 || isNaN(data8)) {
                                    validate20.errors = [
                                      {
                                        instancePath: instancePath + "/uptime/last_24h",
                                        schemaPath: "#/$defs/percent/minimum",
                                        keyword: "minimum",
                                        params: { comparison: ">=", limit: 0 },
                                      },
                                    ];
                                    return false;
                                  }
                                }
                              }
                            }
                            var valid5 = _errs18 === errors;
                          } else {
                            var valid5 = true;
                          }
                          if (valid5) {
                            if (data7.last_7d !== void 0) {
                              let data9 = data7.last_7d;
                              const _errs21 = errors;
                              const _errs22 = errors;
                              if (!(typeof data9 == "number" && isFinite(data9)) && data9 !== null) {
                                validate20.errors = [
                                  {
                                    instancePath: instancePath + "/uptime/last_7d",
                                    schemaPath: "#/$defs/percent/type",
                                    keyword: "type",
                                    params: { type: schema34.type },
                                  },
                                ];
                                return false;
                              }
                              if (errors === _errs22) {
                                if (typeof data9 == "number" && isFinite(data9)) {
                                  if (data9 > 100 || isNaN(data9)) {
                                    validate20.errors = [
                                      {
                                        instancePath: instancePath + "/uptime/last_7d",
                                        schemaPath: "#/$defs/percent/maximum",
                                        keyword: "maximum",
                                        params: { comparison: "<=", limit: 100 },
                                      },
                                    ];
                                    return false;
                                  } else {
                                    if (data9 < 0 || isNaN(data9)) {
                                      validate20.errors = [
                                        {
                                          instancePath: instancePath + "/uptime/last_7d",
                                          schemaPath: "#/$defs/percent/minimum",
                                          keyword: "minimum",
                                          params: { comparison: ">=", limit: 0 },
                                        },
                                      ];
                                      return false;
                                    }
                                  }
                                }
                              }
                              var valid5 = _errs21 === errors;
                            } else {
                              var valid5 = true;
                            }
                            if (valid5) {
                              if (data7.last_30d !== void 0) {
                                let data10 = data7.last_30d;
                                const _errs24 = errors;
                                const _errs25 = errors;
                                if (!(typeof data10 == "number" && isFinite(data10)) && data10 !== null) {
                                  validate20.errors = [
                                    {
                                      instancePath: instancePath + "/uptime/last_30d",
                                      schemaPath: "#/$defs/percent/type",
                                      keyword: "type",
                                      params: { type: schema34.type },
                                    },
                                  ];
                                  return false;
                                }
                                if (errors === _errs25) {
                                  if (typeof data10 == "number" && isFinite(data10)) {
                                    if (data10 > 100 || isNaN(data10)) {
                                      validate20.errors = [
                                        {
                                          instancePath: instancePath + "/uptime/last_30d",
                                          schemaPath: "#/$defs/percent/maximum",
                                          keyword: "maximum",
                                          params: { comparison: "<=", limit: 100 },
                                        },
                                      ];
                                      return false;
                                    } else {
                                      if (data10 < 0 || isNaN(data10)) {
                                        validate20.errors = [
                                          {
                                            instancePath: instancePath + "/uptime/last_30d",
                                            schemaPath: "#/$defs/percent/minimum",
                                            keyword: "minimum",
                                            params: { comparison: ">=", limit: 0 },
                                          },
                                        ];
                                        return false;
                                      }
                                    }
                                  }
                                }
                                var valid5 = _errs24 === errors;
                              } else {
                                var valid5 = true;
                              }
                            }
                          }
                        }
                      } else {
                        validate20.errors = [
                          {
                            instancePath: instancePath + "/uptime",
                            schemaPath: "#/properties/uptime/type",
                            keyword: "type",
                            params: { type: "object" },
                          },
                        ];
                        return false;
                      }
                    }
                    var valid0 = _errs16 === errors;
                  } else {
                    var valid0 = true;
                  }
                  if (valid0) {
                    if (data.backups !== void 0) {
                      let data11 = data.backups;
                      const _errs27 = errors;
                      if (errors === _errs27) {
                        if (data11 && typeof data11 == "object" && !Array.isArray(data11)) {
                          let missing3;
                          if (
                            (data11.last_backup_status === void 0 && (missing3 = "last_backup_status")) ||
                            (data11.last_backup_time === void 0 && (missing3 = "last_backup_time")) ||
                            (data11.last_successful_backup === void 0 && (missing3 = "last_successful_backup"))
                          ) {
                            validate20.errors = [
                              {
                                instancePath: instancePath + "/backups",
                                schemaPath: "#/properties/backups/required",
                                keyword: "required",
                                params: { missingProperty: missing3 },
                              },
                            ];
                            return false;
                          } else {
                            if (data11.policy !== void 0) {
                              const _errs29 = errors;
                              if (typeof data11.policy !== "string") {
                                validate20.errors = [
                                  {
                                    instancePath: instancePath + "/backups/policy",
                                    schemaPath: "#/properties/backups/properties/policy/type",
                                    keyword: "type",
                                    params: { type: "string" },
                                  },
                                ];
                                return false;
                              }
                              var valid9 = _errs29 === errors;
                            } else {
                              var valid9 = true;
                            }
                            if (valid9) {
                              if (data11.last_backup_status !== void 0) {
                                let data13 = data11.last_backup_status;
                                const _errs31 = errors;
                                if (!(
                                  data13 === "success" ||
                                  data13 === "warning" ||
                                  data13 === "failed" ||
                                  data13 === "unknown"
                                )) {
                                  validate20.errors = [
                                    {
                                      instancePath: instancePath + "/backups/last_backup_status",
                                      schemaPath: "#/properties/backups/properties/last_backup_status/enum",
                                      keyword: "enum",
                                      params: {
                                        allowedValues: schema31.properties.backups.properties.last_backup_status.enum,
                                      },
                                    },
                                  ];
                                  return false;
                                }
                                var valid9 = _errs31 === errors;
                              } else {
                                var valid9 = true;
                              }
                              if (valid9) {
                                if (data11.last_backup_time !== void 0) {
                                  let data14 = data11.last_backup_time;
                                  const _errs32 = errors;
                                  const _errs33 = errors;
                                  if (typeof data14 !== "string" && data14 !== null) {
                                    validate20.errors = [
                                      {
                                        instancePath: instancePath + "/backups/last_backup_time",
                                        schemaPath: "#/$defs/time_or_null/type",
                                        keyword: "type",
                                        params: { type: schema37.type },
                                      },
                                    ];
                                    return false;
                                  }
                                  if (errors === _errs33) {
                                    if (errors === _errs33) {
                                      if (typeof data14 === "string") {
                                        if (func1(data14) > 20) {
                                          validate20.errors = [
                                            {
                                              instancePath: instancePath + "/backups/last_backup_time",
                                              schemaPath: "#/$defs/time_or_null/maxLength",
                                              keyword: "maxLength",
                                              params: { limit: 20 },
                                            },
                                          ];
                                          return false;
                                        } else {
                                          if (!pattern4.test(data14)) {
                                            validate20.errors = [
                                              {
                                                instancePath: instancePath + "/backups/last_backup_time",
                                                schemaPath: "#/$defs/time_or_null/pattern",
                                                keyword: "pattern",
                                                params: {
                                                  pattern:
                                                    "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
                                                },
                                              },
                                            ];
                                            return false;
                                          }
                                        }
                                      }
                                    }
                                  }
                                  var valid9 = _errs32 === errors;
                                } else {
                                  var valid9 = true;
                                }
                                if (valid9) {
                                  if (data11.last_successful_backup !== void 0) {
                                    let data15 = data11.last_successful_backup;
                                    const _errs35 = errors;
                                    const _errs36 = errors;
                                    if (typeof data15 !== "string" && data15 !== null) {
                                      validate20.errors = [
                                        {
                                          instancePath: instancePath + "/backups/last_successful_backup",
                                          schemaPath: "#/$defs/time_or_null/type",
                                          keyword: "type",
                                          params: { type: schema37.type },
                                        },
                                      ];
                                      return false;
                                    }
                                    if (errors === _errs36) {
                                      if (errors === _errs36) {
                                        if (typeof data15 === "string") {
                                          if (func1(data15) > 20) {
                                            validate20.errors = [
                                              {
                                                instancePath: instancePath + "/backups/last_successful_backup",
                                                schemaPath: "#/$defs/time_or_null/maxLength",
                                                keyword: "maxLength",
                                                params: { limit: 20 },
                                              },
                                            ];
                                            return false;
                                          } else {
                                            if (!pattern4.test(data15)) {
                                              validate20.errors = [
                                                {
                                                  instancePath: instancePath + "/backups/last_successful_backup",
                                                  schemaPath: "#/$defs/time_or_null/pattern",
                                                  keyword: "pattern",
                                                  params: {
                                                    pattern:
                                                      "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
                                                  },
                                                },
                                              ];
                                              return false;
                                            }
                                          }
                                        }
                                      }
                                    }
                                    var valid9 = _errs35 === errors;
                                  } else {
                                    var valid9 = true;
                                  }
                                }
                              }
                            }
                          }
                        } else {
                          validate20.errors = [
                            {
                              instancePath: instancePath + "/backups",
                              schemaPath: "#/properties/backups/type",
                              keyword: "type",
                              params: { type: "object" },
                            },
                          ];
                          return false;
                        }
                      }
                      var valid0 = _errs27 === errors;
                    } else {
                      var valid0 = true;
                    }
                    if (valid0) {
                      if (data.infrastructure !== void 0) {
                        let data16 = data.infrastructure;
                        const _errs38 = errors;
                        if (errors === _errs38) {
                          if (data16 && typeof data16 == "object" && !Array.isArray(data16)) {
                            if (data16.model !== void 0) {
                              const _errs40 = errors;
                              if (typeof data16.model !== "string") {
                                validate20.errors = [
                                  {
                                    instancePath: instancePath + "/infrastructure/model",
                                    schemaPath: "#/properties/infrastructure/properties/model/type",
                                    keyword: "type",
                                    params: { type: "string" },
                                  },
                                ];
                                return false;
                              }
                              var valid12 = _errs40 === errors;
                            } else {
                              var valid12 = true;
                            }
                            if (valid12) {
                              if (data16.regions !== void 0) {
                                let data18 = data16.regions;
                                const _errs42 = errors;
                                if (errors === _errs42) {
                                  if (Array.isArray(data18)) {
                                    var valid13 = true;
                                    const len0 = data18.length;
                                    for (let i0 = 0; i0 < len0; i0++) {
                                      const _errs44 = errors;
                                      if (typeof data18[i0] !== "string") {
                                        validate20.errors = [
                                          {
                                            instancePath: instancePath + "/infrastructure/regions/" + i0,
                                            schemaPath: "#/properties/infrastructure/properties/regions/items/type",
                                            keyword: "type",
                                            params: { type: "string" },
                                          },
                                        ];
                                        return false;
                                      }
                                      var valid13 = _errs44 === errors;
                                      if (!valid13) {
                                        break;
                                      }
                                    }
                                  } else {
                                    validate20.errors = [
                                      {
                                        instancePath: instancePath + "/infrastructure/regions",
                                        schemaPath: "#/properties/infrastructure/properties/regions/type",
                                        keyword: "type",
                                        params: { type: "array" },
                                      },
                                    ];
                                    return false;
                                  }
                                }
                                var valid12 = _errs42 === errors;
                              } else {
                                var valid12 = true;
                              }
                              if (valid12) {
                                if (data16.notes !== void 0) {
                                  const _errs46 = errors;
                                  if (typeof data16.notes !== "string") {
                                    validate20.errors = [
                                      {
                                        instancePath: instancePath + "/infrastructure/notes",
                                        schemaPath: "#/properties/infrastructure/properties/notes/type",
                                        keyword: "type",
                                        params: { type: "string" },
                                      },
                                    ];
                                    return false;
                                  }
                                  var valid12 = _errs46 === errors;
                                } else {
                                  var valid12 = true;
                                }
                              }
                            }
                          } else {
                            validate20.errors = [
                              {
                                instancePath: instancePath + "/infrastructure",
                                schemaPath: "#/properties/infrastructure/type",
                                keyword: "type",
                                params: { type: "object" },
                              },
                            ];
                            return false;
                          }
                        }
                        var valid0 = _errs38 === errors;
                      } else {
                        var valid0 = true;
                      }
                      if (valid0) {
                        if (data.notices !== void 0) {
                          let data21 = data.notices;
                          const _errs48 = errors;
                          if (errors === _errs48) {
                            if (Array.isArray(data21)) {
                              var valid14 = true;
                              const len1 = data21.length;
                              for (let i1 = 0; i1 < len1; i1++) {
                                let data22 = data21[i1];
                                const _errs50 = errors;
                                if (errors === _errs50) {
                                  if (data22 && typeof data22 == "object" && !Array.isArray(data22)) {
                                    let missing4;
                                    if (
                                      (data22.kind === void 0 && (missing4 = "kind")) ||
                                      (data22.text === void 0 && (missing4 = "text"))
                                    ) {
                                      validate20.errors = [
                                        {
                                          instancePath: instancePath + "/notices/" + i1,
                                          schemaPath: "#/properties/notices/items/required",
                                          keyword: "required",
                                          params: { missingProperty: missing4 },
                                        },
                                      ];
                                      return false;
                                    } else {
                                      if (data22.kind !== void 0) {
                                        let data23 = data22.kind;
                                        const _errs52 = errors;
                                        if (!(
                                          data23 === "override" ||
                                          data23 === "maintenance" ||
                                          data23 === "incident"
                                        )) {
                                          validate20.errors = [
                                            {
                                              instancePath: instancePath + "/notices/" + i1 + "/kind",
                                              schemaPath: "#/properties/notices/items/properties/kind/enum",
                                              keyword: "enum",
                                              params: {
                                                allowedValues: schema31.properties.notices.items.properties.kind.enum,
                                              },
                                            },
                                          ];
                                          return false;
                                        }
                                        var valid15 = _errs52 === errors;
                                      } else {
                                        var valid15 = true;
                                      }
                                      if (valid15) {
                                        if (data22.text !== void 0) {
                                          let data24 = data22.text;
                                          const _errs53 = errors;
                                          const _errs55 = errors;
                                          const _errs56 = errors;
                                          if (typeof data24 === "string") {
                                            if (!pattern6.test(data24)) {
                                              const err1 = {};
                                              if (vErrors === null) {
                                                vErrors = [err1];
                                              } else {
                                                vErrors.push(err1);
                                              }
                                              errors++;
                                            }
                                          }
                                          var valid16 = _errs56 === errors;
                                          if (valid16) {
                                            validate20.errors = [
                                              {
                                                instancePath: instancePath + "/notices/" + i1 + "/text",
                                                schemaPath: "#/properties/notices/items/properties/text/not",
                                                keyword: "not",
                                                params: {},
                                              },
                                            ];
                                            return false;
                                          } else {
                                            errors = _errs55;
                                            if (vErrors !== null) {
                                              if (_errs55) {
                                                vErrors.length = _errs55;
                                              } else {
                                                vErrors = null;
                                              }
                                            }
                                          }
                                          if (errors === _errs53) {
                                            if (typeof data24 === "string") {
                                              if (func1(data24) > 1e3) {
                                                validate20.errors = [
                                                  {
                                                    instancePath: instancePath + "/notices/" + i1 + "/text",
                                                    schemaPath: "#/properties/notices/items/properties/text/maxLength",
                                                    keyword: "maxLength",
                                                    params: { limit: 1e3 },
                                                  },
                                                ];
                                                return false;
                                              } else {
                                                if (func1(data24) < 1) {
                                                  validate20.errors = [
                                                    {
                                                      instancePath: instancePath + "/notices/" + i1 + "/text",
                                                      schemaPath:
                                                        "#/properties/notices/items/properties/text/minLength",
                                                      keyword: "minLength",
                                                      params: { limit: 1 },
                                                    },
                                                  ];
                                                  return false;
                                                }
                                              }
                                            } else {
                                              validate20.errors = [
                                                {
                                                  instancePath: instancePath + "/notices/" + i1 + "/text",
                                                  schemaPath: "#/properties/notices/items/properties/text/type",
                                                  keyword: "type",
                                                  params: { type: "string" },
                                                },
                                              ];
                                              return false;
                                            }
                                          }
                                          var valid15 = _errs53 === errors;
                                        } else {
                                          var valid15 = true;
                                        }
                                        if (valid15) {
                                          if (data22.since !== void 0) {
                                            let data25 = data22.since;
                                            const _errs57 = errors;
                                            const _errs58 = errors;
                                            if (typeof data25 !== "string" && data25 !== null) {
                                              validate20.errors = [
                                                {
                                                  instancePath: instancePath + "/notices/" + i1 + "/since",
                                                  schemaPath: "#/$defs/time_or_null/type",
                                                  keyword: "type",
                                                  params: { type: schema37.type },
                                                },
                                              ];
                                              return false;
                                            }
                                            if (errors === _errs58) {
                                              if (errors === _errs58) {
                                                if (typeof data25 === "string") {
                                                  if (func1(data25) > 20) {
                                                    validate20.errors = [
                                                      {
                                                        instancePath: instancePath + "/notices/" + i1 + "/since",
                                                        schemaPath: "#/$defs/time_or_null/maxLength",
                                                        keyword: "maxLength",
                                                        params: { limit: 20 },
                                                      },
                                                    ];
                                                    return false;
                                                  } else {
                                                    if (!pattern4.test(data25)) {
                                                      validate20.errors = [
                                                        {
                                                          instancePath: instancePath + "/notices/" + i1 + "/since",
                                                          schemaPath: "#/$defs/time_or_null/pattern",
                                                          keyword: "pattern",
                                                          params: {
                                                            pattern:
                                                              "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
                                                          },
                                                        },
                                                      ];
                                                      return false;
                                                    }
                                                  }
                                                }
                                              }
                                            }
                                            var valid15 = _errs57 === errors;
                                          } else {
                                            var valid15 = true;
                                          }
                                          if (valid15) {
                                            if (data22.until !== void 0) {
                                              let data26 = data22.until;
                                              const _errs60 = errors;
                                              const _errs61 = errors;
                                              if (typeof data26 !== "string" && data26 !== null) {
                                                validate20.errors = [
                                                  {
                                                    instancePath: instancePath + "/notices/" + i1 + "/until",
                                                    schemaPath: "#/$defs/time_or_null/type",
                                                    keyword: "type",
                                                    params: { type: schema37.type },
                                                  },
                                                ];
                                                return false;
                                              }
                                              if (errors === _errs61) {
                                                if (errors === _errs61) {
                                                  if (typeof data26 === "string") {
                                                    if (func1(data26) > 20) {
                                                      validate20.errors = [
                                                        {
                                                          instancePath: instancePath + "/notices/" + i1 + "/until",
                                                          schemaPath: "#/$defs/time_or_null/maxLength",
                                                          keyword: "maxLength",
                                                          params: { limit: 20 },
                                                        },
                                                      ];
                                                      return false;
                                                    } else {
                                                      if (!pattern4.test(data26)) {
                                                        validate20.errors = [
                                                          {
                                                            instancePath: instancePath + "/notices/" + i1 + "/until",
                                                            schemaPath: "#/$defs/time_or_null/pattern",
                                                            keyword: "pattern",
                                                            params: {
                                                              pattern:
                                                                "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
                                                            },
                                                          },
                                                        ];
                                                        return false;
                                                      }
                                                    }
                                                  }
                                                }
                                              }
                                              var valid15 = _errs60 === errors;
                                            } else {
                                              var valid15 = true;
                                            }
                                          }
                                        }
                                      }
                                    }
                                  } else {
                                    validate20.errors = [
                                      {
                                        instancePath: instancePath + "/notices/" + i1,
                                        schemaPath: "#/properties/notices/items/type",
                                        keyword: "type",
                                        params: { type: "object" },
                                      },
                                    ];
                                    return false;
                                  }
                                }
                                var valid14 = _errs50 === errors;
                                if (!valid14) {
                                  break;
                                }
                              }
                            } else {
                              validate20.errors = [
                                {
                                  instancePath: instancePath + "/notices",
                                  schemaPath: "#/properties/notices/type",
                                  keyword: "type",
                                  params: { type: "array" },
                                },
                              ];
                              return false;
                            }
                          }
                          var valid0 = _errs48 === errors;
                        } else {
                          var valid0 = true;
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    } else {
      validate20.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "object" } }];
      return false;
    }
  }
  validate20.errors = vErrors;
  return errors === 0;
}
validate20.evaluated = {
  props: {
    schema_version: true,
    updated_at: true,
    stale_after: true,
    platform_status: true,
    headline: true,
    uptime: true,
    backups: true,
    infrastructure: true,
    notices: true,
  },
  dynamicProps: false,
  dynamicItems: false,
};
export { stdin_default as default, validate };
