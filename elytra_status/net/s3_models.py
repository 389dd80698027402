# SPDX-License-Identifier: MIT
"""The parts of botocore's models that S3 needs: operations and address rules.

botocore's own address rules (1.5 MB) and its list of Amazon's endpoints (0.7 MB) are for clients without an endpoint.
All clients here have one. Loading those files would take 7 MiB of memory and a twentieth of a run.
"""

from __future__ import annotations

import os
from typing import Any

RULES, ENDPOINTS, SERVICE = "endpoint-rule-set-1", "endpoints", "service-2"
# The fields of an object in a listing that are parsed: half of botocore's. Parsing takes most of a listing's time.
OF_LISTED = ("Key", "LastModified", "Size")

_ENDPOINT, _BUCKET = {"ref": "Endpoint"}, {"ref": "Bucket"}
_IS_HTTP = {"fn": "stringEquals", "argv": [{"fn": "getAttr", "argv": [{"ref": "url"}, "scheme"]}, "http"]}
_IS_NAME = {"fn": "booleanEquals", "argv": [{"fn": "getAttr", "argv": [{"ref": "url"}, "isIp"]}, False]}


def _is_host(with_dots: bool) -> dict[str, Any]:
    """Return the condition for a bucket in the host name.

    A name with dots is allowed only without TLS.
    """
    return {"fn": "aws.isVirtualHostableS3Bucket", "argv": [_BUCKET, with_dots]}


def _rule(url: str, *conditions: dict[str, Any]) -> dict[str, Any]:
    scheme = {
        "name": "sigv4",
        "signingName": "s3",
        "signingRegion": "{Region}",
        "disableDoubleEncoding": True,
    }
    endpoint = {"url": url, "properties": {"authSchemes": [scheme]}, "headers": {}}
    parsed = {"fn": "parseURL", "argv": [_ENDPOINT], "assign": "url"}
    return {"type": "endpoint", "conditions": [parsed, *conditions], "endpoint": endpoint}


def _parameter(kind: str, built_in: str = "", **more: Any) -> dict[str, Any]:
    return {"type": kind, "required": False, "documentation": "", **({"builtIn": built_in} if built_in else {}), **more}


def endpoint_rules() -> dict[str, Any]:
    """Return the rules by which botocore makes a URL of endpoint, bucket and style.

    The result is the same as by its own rules for a given endpoint.
    https://smithy.io/2.0/additional-specs/rules-engine/specification.html describes the format.
    """
    as_host = "{url#scheme}://{Bucket}.{url#authority}{url#path}"
    by_name = {"fn": "not", "argv": [{"fn": "booleanEquals", "argv": [{"ref": "ForcePathStyle"}, True]}]}
    encoded = {"fn": "uriEncode", "argv": [_BUCKET], "assign": "encoded_bucket"}
    without_dots = _is_host(with_dots=False)
    is_set = {"fn": "isSet", "argv": [_BUCKET]}
    return {
        "version": "1.0",
        "parameters": {
            "Bucket": _parameter("String"),
            "Region": _parameter("String", "AWS::Region"),
            "Endpoint": _parameter("String", "SDK::Endpoint"),
            "ForcePathStyle": _parameter("Boolean", "AWS::S3::ForcePathStyle"),
        },
        "rules": [
            _rule("{url#scheme}://{url#authority}{url#path}", {"fn": "not", "argv": [is_set]}),
            _rule(as_host, by_name, _IS_NAME, without_dots),
            # No certificate is valid for a bucket name with dots: only without TLS, and then also at an IP address.
            _rule(as_host, by_name, _IS_HTTP, {"fn": "not", "argv": [without_dots]}, _is_host(with_dots=True)),
            _rule("{url#scheme}://{url#authority}{url#normalizedPath}{encoded_bucket}", encoded),
        ],
    }


def _endpoints() -> dict[str, Any]:
    """Return a list of endpoints with S3 alone, in no region, which means us-east-1."""
    defaults = {"hostname": "{service}.{region}.{dnsSuffix}", "protocols": ["https"], "signatureVersions": ["s3v4"]}
    partition = {"partition": "aws", "dnsSuffix": "amazonaws.com", "regionRegex": ".*", "defaults": defaults}
    everywhere = {"credentialScope": {"region": "us-east-1"}, "hostname": "s3.amazonaws.com"}
    services = {"s3": {"partitionEndpoint": "aws-global", "endpoints": {"aws-global": everywhere}}}
    return {"version": 3, "partitions": [{**partition, "regions": {}, "services": services}]}


def loader() -> Any:
    """Return a loader for botocore that reads only the models of its own package.

    Models in the user's home directory have no effect.
    """
    from botocore.loaders import Loader

    class Models(Loader):  # type: ignore[misc]
        def list_available_services(self, type_name: str) -> list[str]:
            """Return S3 alone.

            botocore would look into the directories of 400 services to list them.
            """
            return ["s3"]

        def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
            if type_name == RULES:
                return endpoint_rules()
            model = super().load_service_model(service_name, type_name, api_version)
            if type_name == SERVICE:
                members = model["shapes"]["Object"]["members"]
                model["shapes"]["Object"]["members"] = {name: members[name] for name in OF_LISTED}
            return model

        def load_data_with_path(self, name: str) -> Any:
            if name == ENDPOINTS:
                return _endpoints(), os.path.join(self.BUILTIN_DATA_PATH, name)
            return super().load_data_with_path(name)

    return Models([Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
