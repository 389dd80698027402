# SPDX-License-Identifier: MIT
"""Tokens of known services, in the formats that the services and repository scanners document.

In a format, `{n:h}` stands for n characters: h of hex, H of hex in capitals, d digits, l small letters and digits, U
capitals and digits, 2 of base32, w of URL-safe base64, b of base64, a (the default) letters and digits. `{uuid}` is a
UUID, `{basic}` a login in base64.
"""

from __future__ import annotations

import base64
import random
import re
import string

_ALNUM = string.ascii_letters + string.digits
_SIGNS = {
    "a": _ALNUM,
    "h": "0123456789abcdef",
    "H": "0123456789ABCDEF",
    "d": string.digits,
    "l": string.ascii_lowercase + string.digits,
    "U": string.ascii_uppercase + string.digits,
    "2": string.ascii_uppercase + "234567",
    "w": _ALNUM + "_-",
    "b": _ALNUM + "+/",
}
_SLOT = re.compile(r"\{(?:(\d+)(?::(\w))?|(uuid|basic))\}")

FORMATS: dict[str, tuple[str, ...]] = {
    "AWS": ("AKIA{16:2}", "ASIA{16:2}", "A3TX{16:2}", "AWS_SECRET_ACCESS_KEY={40:b}", "aws_secret_access_key: {40:b}",
            "aws_session_token={200:b}", "ABSK{110:b}==", "amzn.mws.{uuid}",
            "https://x.example/k?X-Amz-Credential=AKIA{16:2}%2F20251110%2Feu-west-1%2Fs3%2Faws4_request"),
    "DigitalOcean": ("dop_v1_{64:h}", "doo_v1_{64:h}", "dor_v1_{64:h}", "DO00{16:U}"),
    "Google Cloud": ("AIza{35:w}", "GOCSPX-{28:w}", "ya29.a0A{120:w}", "1//0{60:w}", '"private_key_id": "{40:h}"'),
    "Azure": ("AccountName=acme;AccountKey={86:b}==;EndpointSuffix=core.windows.net", "{86:b}==",
              "sv=2022-11-02&ss=b&srt=sco&sp=rl&se=2026-01-01T00:00:00Z&sig={43}%3D", "{3}8Q~{34:w}", "{76}AZDO{4}",
              "Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={43:b}=",
              "{33}AzCaA{5}=", "{40}AzFu{6}=="),
    "GitHub": ("ghp_{36}", "gho_{36}", "ghu_{36}", "ghs_{36}", "ghr_{36}", "github_pat_{22}_{59}"),
    "GitLab": ("glpat-{20:w}", "glpat-{27:w}.01.{9:l}", "gldt-{20:w}", "glrt-{20:w}", "glrt-t1_{20:w}", "glptt-{40:h}",
               "glcbt-ab_{20:w}", "glft-{20:w}", "glffct-{20:w}", "glimt-{25:w}", "glagent-{50:w}", "glsoat-{20:w}",
               "gloas-{64:w}", "GR1348941{20:w}", "_gitlab_session={32:h}"),
    "Slack": ("xoxb-{12:d}-{13:d}-{24}", "xoxp-{11:d}-{11:d}-{12:d}-{32:h}", "xapp-1-A{10:U}-{13:d}-{64:h}",
              "xoxe-1-{146:U}", "xoxe.xoxp-1-{163:U}", "xoxc-{12:d}-{12:d}-{64:h}",
              "https://hooks.slack.com/services/T{8:U}/B{8:U}/{24}",
              "https://hooks.slack.com/workflows/T{8:U}/A{8:U}/{18:d}/{24}"),
    "Stripe": ("sk_live_{24}", "sk_live_51{97}", "sk_test_{24}", "rk_live_{40}", "sk_prod_{30}", "whsec_{32}"),
    "mail services": ("SG.{22:w}.{43:w}", "key-{32:h}", "{32:h}-{8:h}-{8:h}", "{32:h}-us14", "xkeysib-{64:h}-{16}",
                      "xsmtpsib-{64:h}-{16}", "X-Postmark-Server-Token: {uuid}", "MANDRILL_API_KEY={22}"),
    "Twilio": ("SK{32:h}", "AC{32:h}", "TWILIO_AUTH_TOKEN={32:h}"),
    "Cloudflare": ("CLOUDFLARE_API_TOKEN={40:w}", "X-Auth-Key: {37:h}", "v1.0-{24:h}-{146:h}", "cfut_{48}", "cfat_{48}",
                   "eyJhIjoi{150}"),
    "Shopify": ("shpat_{32:h}", "shpss_{32:h}", "shpca_{32:h}", "shppa_{32:h}"),
    "New Relic": ("NRAK-{27:U}", "{36:h}NRAL", "NRII-{32:w}", "NRJS-{19:h}"),
    "Tailscale": ("tskey-auth-k{10}CNTRL-{32}", "tskey-api-k{10}CNTRL-{32}", "tskey-client-k{10}CNTRL-{32}"),
    "Atlassian": ("ATATT3xFfGF0{171:w}={8:H}", "ATBB{28}{4:H}", "ATCTT3xFfGN0{170:w}={8:H}"),
    "Grafana": ("glsa_{32}_{8:h}", "glc_eyJvIjoi{90}", "eyJrIjoi{60}"),
    "Discord": ("M{25}.{6:w}.{38:w}", "N{23}.{6:w}.{27:w}", "https://discord.com/api/webhooks/{19:d}/{68:w}",
                "https://canary.discord.com/api/webhooks/{18:d}/{68:w}", "mfa.{84:w}"),
    "Telegram": ("12{8:d}:AA{33:w}", "https://api.telegram.org/bot71{8:d}:AA{33:w}/sendMessage"),
    "language models": ("sk-{20}T3BlbkFJ{20}", "sk-proj-{74:w}T3BlbkFJ{74:w}", "sk-svcacct-{58:w}T3BlbkFJ{58:w}",
                        "sk-ant-api03-{93:w}AA", "sk-ant-admin01-{93:w}AA", "sk-or-v1-{64:h}", "gsk_{52}", "r8_{37}",
                        "pplx-{48}", "xai-{80}", "lsv2_pt_{32:h}_{10:h}", "hf_{34}", "api_org_{34}"),
    "HashiCorp": ("hvs.{95:w}", "hvb.{150:w}", "hvr.{95:w}", "s.{22}7a", "{14}.atlasv1.{64:w}",
                  "CONSUL_HTTP_TOKEN={uuid}"),
    "Docker": ("dckr_pat_{27:w}", "dckr_oat_{32:w}", '{"auths":{"ghcr.io":{"auth":"{basic}"}}}'),
    "package registries": ("npm_{36}", "//registry.npmjs.org/:_authToken={uuid}", "_auth={basic}",
                           "pypi-AgEIcHlwaS5vcmc{150:w}", "pypi-AgENdGVzdC5weXBpLm9yZ{150:w}", "rubygems_{48:h}",
                           "oy2{43:l}", "CLOJARS_{60:l}", "AKCp{69}"),
    "on-call services": ("https://events.pagerduty.com/integration/{32:h}/enqueue", "u+{17:w}7", "GenieKey {uuid}",
                         '{"routing_key":"{32:l}","event_action":"trigger"}', "Authorization: GenieKey {uuid}",
                         "https://alert.victorops.com/integrations/generic/20131114/alert/{uuid}/team"),
    "Teams": ("https://acme.webhook.office.com/webhookb2/{uuid}@{uuid}/IncomingWebhook/{32:h}/{uuid}",
              "https://prod-12.westeurope.logic.azure.com:443/workflows/{32:h}/triggers/manual/paths/invoke?sig={43:w}",
              "https://default{30:h}.1f.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/"
              "{32:h}/triggers/manual/paths/invoke?api-version=1&sig={43:w}"),
    "health checks": ("https://hc-ping.com/{uuid}", "https://hc-ping.com/{22:w}/nightly", "hc-ping.com/{uuid}",
                      "https://healthchecks.io/ping/{uuid}", "https://healthchecks.example.org/ping/{uuid}",
                      "https://uptime.betterstack.com/api/v1/heartbeat/{24}", "https://cronitor.link/p/{32:h}/abc",
                      "https://kuma.example.org/api/push/{10}?status=up&msg=OK", "https://nosnch.in/{10:h}"),
    "webhooks": ("https://chat.googleapis.com/v1/spaces/AAAA{7}/messages?key=AIza{35:w}&token={43:w}",
                 "https://mm.example.org/hooks/{26:l}", "https://hooks.zapier.com/hooks/catch/{7:d}/{7:l}",
                 "https://maker.ifttt.com/trigger/x/with/key/{22:w}", "https://hook.eu1.make.com/{32:l}",
                 "tk_{28:l}7", "X-Gotify-Key: A{14:w}", "PUSHOVER_TOKEN={30:l}"),
    "monitoring services": ("https://{32:h}@o12345.ingest.sentry.io/678901", "sntrys_eyJ{120}_{43}", "sntryu_{64:h}",
                            "DD_API_KEY={32:h}", "DD-API-KEY: {32:h}", "DD_APPLICATION_KEY={40:h}",
                            "dt0c01.{24:U}.{64:U}", "hcaik_{58}"),
    "data services": ("dapi{32:h}", "pscale_tkn_{43:w}", "pscale_pw_{43:w}", "sbp_{40:h}", "sb_secret_{31:w}",
                      "dp.st.prd.{43}", "dp.pt.{43}", "lin_api_{40}", "PMAK-{24:h}-{34:h}", "pul-{40:h}",
                      "ntn_{11:d}{35}", "pat{14}.{64:h}", "figd_{40:w}", "1/{16:d}:{32:h}", "tfp_{44:w}_{14:w}",
                      "CFPAT-{43:w}", "sl.{135:w}"),
    "hosting services": ("nfp_{36}", "vcp_{56}", "fm2_{120:b}", "fo1_{43:w}", "rnd_{28}", "HRKU-{60:w}",
                         "RAILWAY_TOKEN={uuid}", "SCW{16:U}7", "SCW_SECRET_KEY={uuid}", "HCLOUD_TOKEN={64}",
                         "Auth-API-Token: {32}", "OVH_CONSUMER_KEY={32}", "LTAI{20}", "AKID{32}", "AQVN{36:w}"),
    "payment services": ("sq0atp-{22:w}", "sq0csp-{43:w}", "access_token$production${16:l}${32:h}",
                         "shippo_live_{40:h}", "EZAK{53}7", "duffel_live_{43:w}", "FLWSECK_TEST-{32:h}-X"),
    "code services": ("sqp_{40:h}", "bkua_{40:h}", "CCIPAT_{22}_{40:h}", "sgp_{16:h}_{40:h}", "sha256~{43:w}",
                      "API-{25:U}7", "pnu_{36}", "rdme_{70:l}", "ico-{32}", "{6}_{29}_mmk", "ops_eyJ{260:b}",
                      "A3-{6:U}-{6:U}-{5:U}-{5:U}-{5:U}-{5:U}", "SNYK_TOKEN={uuid}", "PRIVATE-TOKEN: {20}"),
    "beside its name": ("CLIENT_SECRET={32}", '"clientSecret": "{32}"', "apiKey={24}", 'accessToken: "{30}"',
                        "password: {13}7", "db_password: '{14}'", "MYSQL_ROOT_PASSWORD={12}7", "DB_PASS={12}7",
                        "PGPASSWORD={11}7 psql", "'password' => '{11}7'", "Passwort: {12}7a",  "--password={11}7",
                        "--token {23}7", "the password is xR7{12}", "PresharedKey = {42:b}7=", "PrivateKey = {42:b}7="),
    "beside its name, in other languages": ("Contraseña: {12}7a", "a senha é xR7{12}", "mot de passe : {12}7a",
                                            "Kennwort: {12}7a", "Wachtwoord: {12}7a"),
    "headers": ("X-Api-Key: {32}", "apikey: {31}7", "Api-Key: {31}7", "X-Auth-Token: {32}", "X-Vault-Token: {26}",
                "Authorization: Bearer {39}7", "Bearer {39}7", "Authorization: Basic {basic}",
                "Authorization: Token {40:h}", "Authorization: ApiKey {60:b}", "Cookie: sessionid={31}7",
                "Set-Cookie: session={39}7; HttpOnly"),
    "command lines": ("curl -u admin:{12} https://x.example/", "mysql -uroot -p{12}", "sshpass -p {12} ssh",
                      "kubeadm join --token {6:l}.{16:l}"),
    "addresses of databases": ("jdbc:postgresql://db.example.com:5432/app?user=a&password={10}",
                               "jdbc:sqlserver://db.example.com;user=sa;password={10}", "DSN=app;UID=sa;PWD={10}",
                               "jdbc:oracle:thin:scott/{8}@db.example.com:1521:x", "postgres://app:{10}@db.example.com/app",
                               "Driver={ODBC Driver 18 for SQL Server};Server=tcp:db.example.com,1433;Uid=sa;Pwd={10};",
                               "host=db.example.com dbname=app user=app password={10}",
                               "mongodb+srv://app:{10}@cluster0.ab1cd.mongodb.net/app", "amqps://u:{10}@mq.example.com/v",
                               "rediss://:{20}@redis.example.com:6380/0", "smtps://u%40x.example:{10}@smtp.example.com"),
    "keys": ("-----BEGIN RSA PRIVATE KEY-----\n{64:b}", "-----BEGIN OPENSSH PRIVATE KEY-----\n{64:b}",
             "-----BEGIN ENCRYPTED PRIVATE KEY-----\n{64:b}", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n{64:b}",
             "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC{200:b}", "MIIEpAIBAAKCAQEA{200:b}", "MHcCAQEEI{60:b}",
             "MIGkAgEBBDD{80:b}", "MC4CAQAwBQYDK2VwBCIEI{43:b}",
             '{"kty":"EC","crv":"P-256","x":"{43:w}","y":"{43:w}","d":"{43:w}"}',
             '{"d":"{43:w}","crv":"Ed25519","x":"{43:w}","kty":"OKP"}', '{"kty":"oct","k":"{43:w}"}',
             "AGE-SECRET-KEY-1{58:U}", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{43:w}"),
}  # fmt: skip


def tokens(chance: random.Random) -> dict[str, list[str]]:
    """Return a token of each format, by service."""

    def some(match: re.Match[str]) -> str:
        length, signs, special = match.groups()
        if special == "uuid":
            return "-".join("".join(chance.choices(_SIGNS["h"], k=count)) for count in (8, 4, 4, 4, 12))
        if special == "basic":
            return base64.b64encode(f"user:{''.join(chance.choices(_ALNUM, k=10))}".encode()).decode()
        return "".join(chance.choices(_SIGNS[signs or "a"], k=int(length)))

    return {service: [_SLOT.sub(some, one) for one in formats] for service, formats in FORMATS.items()}
