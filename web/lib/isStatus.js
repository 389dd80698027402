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
var pattern8 = new RegExp("[\\u0000-\\u001f\\u007f]", "u");
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
                if (data.uptime !== void 0) {
                  let data4 = data.uptime;
                  const _errs9 = errors;
                  if (errors === _errs9) {
                    if (data4 && typeof data4 == "object" && !Array.isArray(data4)) {
                      let missing1;
                      if (
                        (data4.last_24h === void 0 && (missing1 = "last_24h")) ||
                        (data4.last_7d === void 0 && (missing1 = "last_7d")) ||
                        (data4.last_30d === void 0 && (missing1 = "last_30d"))
                      ) {
                        validate20.errors = [
                          {
                            instancePath: instancePath + "/uptime",
                            schemaPath: "#/properties/uptime/required",
                            keyword: "required",
                            params: { missingProperty: missing1 },
                          },
                        ];
                        return false;
                      } else {
                        if (data4.last_24h !== void 0) {
                          let data5 = data4.last_24h;
                          const _errs11 = errors;
                          const _errs12 = errors;
                          if (!(typeof data5 == "number" && isFinite(data5)) && data5 !== null) {
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
                          if (errors === _errs12) {
                            if (typeof data5 == "number" && isFinite(data5)) {
                              if (data5 > 100 || isNaN(data5)) {
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
                                if (data5 < 0 || isNaN(data5)) {
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
                          var valid3 = _errs11 === errors;
                        } else {
                          var valid3 = true;
                        }
                        if (valid3) {
                          if (data4.last_7d !== void 0) {
                            let data6 = data4.last_7d;
                            const _errs14 = errors;
                            const _errs15 = errors;
                            if (!(typeof data6 == "number" && isFinite(data6)) && data6 !== null) {
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
                            if (errors === _errs15) {
                              if (typeof data6 == "number" && isFinite(data6)) {
                                if (data6 > 100 || isNaN(data6)) {
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
                                  if (data6 < 0 || isNaN(data6)) {
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
                            var valid3 = _errs14 === errors;
                          } else {
                            var valid3 = true;
                          }
                          if (valid3) {
                            if (data4.last_30d !== void 0) {
                              let data7 = data4.last_30d;
                              const _errs17 = errors;
                              const _errs18 = errors;
                              if (!(typeof data7 == "number" && isFinite(data7)) && data7 !== null) {
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
                              if (errors === _errs18) {
                                if (typeof data7 == "number" && isFinite(data7)) {
                                  if (data7 > 100 || isNaN(data7)) {
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
                                    if (data7 < 0 || isNaN(data7)) {
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
                              var valid3 = _errs17 === errors;
                            } else {
                              var valid3 = true;
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
                  var valid0 = _errs9 === errors;
                } else {
                  var valid0 = true;
                }
                if (valid0) {
                  if (data.backups !== void 0) {
                    let data8 = data.backups;
                    const _errs20 = errors;
                    if (errors === _errs20) {
                      if (data8 && typeof data8 == "object" && !Array.isArray(data8)) {
                        let missing2;
                        if (
                          (data8.last_backup_status === void 0 && (missing2 = "last_backup_status")) ||
                          (data8.last_backup_time === void 0 && (missing2 = "last_backup_time")) ||
                          (data8.last_successful_backup === void 0 && (missing2 = "last_successful_backup"))
                        ) {
                          validate20.errors = [
                            {
                              instancePath: instancePath + "/backups",
                              schemaPath: "#/properties/backups/required",
                              keyword: "required",
                              params: { missingProperty: missing2 },
                            },
                          ];
                          return false;
                        } else {
                          if (data8.policy !== void 0) {
                            const _errs22 = errors;
                            if (typeof data8.policy !== "string") {
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
                            var valid7 = _errs22 === errors;
                          } else {
                            var valid7 = true;
                          }
                          if (valid7) {
                            if (data8.last_backup_status !== void 0) {
                              let data10 = data8.last_backup_status;
                              const _errs24 = errors;
                              if (!(
                                data10 === "success" ||
                                data10 === "warning" ||
                                data10 === "failed" ||
                                data10 === "unknown"
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
                              var valid7 = _errs24 === errors;
                            } else {
                              var valid7 = true;
                            }
                            if (valid7) {
                              if (data8.last_backup_time !== void 0) {
                                let data11 = data8.last_backup_time;
                                const _errs25 = errors;
                                const _errs26 = errors;
                                if (typeof data11 !== "string" && data11 !== null) {
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
                                if (errors === _errs26) {
                                  if (errors === _errs26) {
                                    if (typeof data11 === "string") {
                                      if (func1(data11) > 20) {
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
                                        if (!pattern4.test(data11)) {
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
                                var valid7 = _errs25 === errors;
                              } else {
                                var valid7 = true;
                              }
                              if (valid7) {
                                if (data8.last_successful_backup !== void 0) {
                                  let data12 = data8.last_successful_backup;
                                  const _errs28 = errors;
                                  const _errs29 = errors;
                                  if (typeof data12 !== "string" && data12 !== null) {
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
                                  if (errors === _errs29) {
                                    if (errors === _errs29) {
                                      if (typeof data12 === "string") {
                                        if (func1(data12) > 20) {
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
                                          if (!pattern4.test(data12)) {
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
                                  var valid7 = _errs28 === errors;
                                } else {
                                  var valid7 = true;
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
                    var valid0 = _errs20 === errors;
                  } else {
                    var valid0 = true;
                  }
                  if (valid0) {
                    if (data.infrastructure !== void 0) {
                      let data13 = data.infrastructure;
                      const _errs31 = errors;
                      if (errors === _errs31) {
                        if (data13 && typeof data13 == "object" && !Array.isArray(data13)) {
                          if (data13.model !== void 0) {
                            const _errs33 = errors;
                            if (typeof data13.model !== "string") {
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
                            var valid10 = _errs33 === errors;
                          } else {
                            var valid10 = true;
                          }
                          if (valid10) {
                            if (data13.regions !== void 0) {
                              let data15 = data13.regions;
                              const _errs35 = errors;
                              if (errors === _errs35) {
                                if (Array.isArray(data15)) {
                                  var valid11 = true;
                                  const len0 = data15.length;
                                  for (let i0 = 0; i0 < len0; i0++) {
                                    const _errs37 = errors;
                                    if (typeof data15[i0] !== "string") {
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
                                    var valid11 = _errs37 === errors;
                                    if (!valid11) {
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
                              var valid10 = _errs35 === errors;
                            } else {
                              var valid10 = true;
                            }
                            if (valid10) {
                              if (data13.notes !== void 0) {
                                const _errs39 = errors;
                                if (typeof data13.notes !== "string") {
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
                                var valid10 = _errs39 === errors;
                              } else {
                                var valid10 = true;
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
                      var valid0 = _errs31 === errors;
                    } else {
                      var valid0 = true;
                    }
                    if (valid0) {
                      if (data.notices !== void 0) {
                        let data18 = data.notices;
                        const _errs41 = errors;
                        if (errors === _errs41) {
                          if (Array.isArray(data18)) {
                            var valid12 = true;
                            const len1 = data18.length;
                            for (let i1 = 0; i1 < len1; i1++) {
                              let data19 = data18[i1];
                              const _errs43 = errors;
                              if (errors === _errs43) {
                                if (data19 && typeof data19 == "object" && !Array.isArray(data19)) {
                                  let missing3;
                                  if (
                                    (data19.kind === void 0 && (missing3 = "kind")) ||
                                    (data19.text === void 0 && (missing3 = "text"))
                                  ) {
                                    validate20.errors = [
                                      {
                                        instancePath: instancePath + "/notices/" + i1,
                                        schemaPath: "#/properties/notices/items/required",
                                        keyword: "required",
                                        params: { missingProperty: missing3 },
                                      },
                                    ];
                                    return false;
                                  } else {
                                    if (data19.kind !== void 0) {
                                      let data20 = data19.kind;
                                      const _errs45 = errors;
                                      if (!(
                                        data20 === "override" ||
                                        data20 === "maintenance" ||
                                        data20 === "incident"
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
                                      var valid13 = _errs45 === errors;
                                    } else {
                                      var valid13 = true;
                                    }
                                    if (valid13) {
                                      if (data19.text !== void 0) {
                                        let data21 = data19.text;
                                        const _errs46 = errors;
                                        const _errs48 = errors;
                                        const _errs49 = errors;
                                        if (typeof data21 === "string") {
                                          if (!pattern8.test(data21)) {
                                            const err0 = {};
                                            if (vErrors === null) {
                                              vErrors = [err0];
                                            } else {
                                              vErrors.push(err0);
                                            }
                                            errors++;
                                          }
                                        }
                                        var valid14 = _errs49 === errors;
                                        if (valid14) {
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
                                          errors = _errs48;
                                          if (vErrors !== null) {
                                            if (_errs48) {
                                              vErrors.length = _errs48;
                                            } else {
                                              vErrors = null;
                                            }
                                          }
                                        }
                                        if (errors === _errs46) {
                                          if (typeof data21 === "string") {
                                            if (func1(data21) > 1e3) {
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
                                              if (func1(data21) < 1) {
                                                validate20.errors = [
                                                  {
                                                    instancePath: instancePath + "/notices/" + i1 + "/text",
                                                    schemaPath: "#/properties/notices/items/properties/text/minLength",
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
                                        var valid13 = _errs46 === errors;
                                      } else {
                                        var valid13 = true;
                                      }
                                      if (valid13) {
                                        if (data19.since !== void 0) {
                                          let data22 = data19.since;
                                          const _errs50 = errors;
                                          const _errs51 = errors;
                                          if (typeof data22 !== "string" && data22 !== null) {
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
                                          if (errors === _errs51) {
                                            if (errors === _errs51) {
                                              if (typeof data22 === "string") {
                                                if (func1(data22) > 20) {
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
                                                  if (!pattern4.test(data22)) {
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
                                          var valid13 = _errs50 === errors;
                                        } else {
                                          var valid13 = true;
                                        }
                                        if (valid13) {
                                          if (data19.until !== void 0) {
                                            let data23 = data19.until;
                                            const _errs53 = errors;
                                            const _errs54 = errors;
                                            if (typeof data23 !== "string" && data23 !== null) {
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
                                            if (errors === _errs54) {
                                              if (errors === _errs54) {
                                                if (typeof data23 === "string") {
                                                  if (func1(data23) > 20) {
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
                                                    if (!pattern4.test(data23)) {
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
                                            var valid13 = _errs53 === errors;
                                          } else {
                                            var valid13 = true;
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
                              var valid12 = _errs43 === errors;
                              if (!valid12) {
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
                        var valid0 = _errs41 === errors;
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
    uptime: true,
    backups: true,
    infrastructure: true,
    notices: true,
  },
  dynamicProps: false,
  dynamicItems: false,
};
export { stdin_default as default, validate };
