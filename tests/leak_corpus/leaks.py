# SPDX-License-Identifier: MIT
"""Private texts with their kind: own secrets, names and hosts, and what is private by shape."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.leak_corpus.writings import HARD, SPELLINGS, USUAL

SECRETS = {
    "UPTIME_KUMA_API_KEY": "uk2_vR7xQ0pLmN3tYb8WcZ5kHj",
    "SMTP_PASSWORD": 'Tr0ub4dor&3 <+>"é',
    "SPACES_SECRET_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzzKeY12345",
    "NTFY_TOKEN": "correct horse battery",
    "WEBHOOK_URL": "https://bot:Gr33nTea77@hooks.corp.example:8443/services/T02AB3CD4/B05EF6GH7/aZ1bY2cX3dW4eV5f?key=q9w8e7r6t5y4",
}
BUCKETS = ("acme-offsite-2024", "kunden.sicherung")
HOSTS = ("https://kuma.intern-acme.example:3001/metrics", "mail.acme.example", "dbprimary", "bücher.acme.example")
NAMES = (
    "Müller Großhandel",
    "Acme Shop Production",
    "Café Zoë",
    "backups/acme/nightly",
    "Stadtwerke Nord",
    "Praxis Dr. Weiß",
    "Łódź Office",
    "Client 17",
)
_PARTS = ("hooks.corp.example", "Gr33nTea77", "T02AB3CD4", "B05EF6GH7", "aZ1bY2cX3dW4eV5f", "q9w8e7r6t5y4")
FRAMES = (
    "We are looking into it: {} has a problem.",
    "{}",
    "Seit 10:15 Uhr gestört ({}).",
    "La panne touche {} depuis ce matin",
    "see {} for details",
)
OWN, HARD_OWN, KNOWN, SHAPE = "own, usual", "own, hard", "known token", "address or host"


@dataclass(frozen=True)
class Leak:
    """A private text; `group` says for which rate it counts."""

    kind: str
    group: str
    text: str


def _own(what: str, values: tuple[str, ...]) -> Iterator[tuple[str, str, list[str]]]:
    for group, writings in ((OWN, USUAL), (HARD_OWN, HARD)):
        for writing, write in writings.items():
            yield f"{what}, {writing}", group, [write(value) for value in values]


def _spelled() -> Iterator[tuple[str, str, list[str]]]:
    for spelling, spell in SPELLINGS.items():
        yield f"name, {spelling}", OWN, [spell(name) for name in NAMES]


ADDRESSES: dict[str, tuple[str, ...]] = {
    "dotted": ("10.20.30.40", "192.168.178.1", "8.8.4.4"),
    "with port": ("10.20.30.40:8080", "172.16.5.4:5432"),
    "in brackets": ("10[.]20[.]30[.]40", "192[.]168[.]1[.]7"),
    "(dot)": ("10(dot)20(dot)30(dot)40", "192 (dot) 168 (dot) 1 (dot) 7", "10[dot]0[dot]0[dot]9"),
    "full width": ("１０.２０.３０.４０", "１９２．１６８．１．７"),
    "zero-padded": ("010.020.030.040", "192.168.001.007"),
    "hex whole": ("0x0a141e28", "0xC0A80107"),
    "hex parts": ("0xa.0x14.0x1e.0x28", "0xc0.0xa8.0x01.0x07"),
    "octal parts": ("012.024.036.050", "0300.0250.01.07"),
    "short in an address": ("http://10.258/", "http://127.1:8080/x"),
    "decimal in an address": ("http://169090600/", "http://3232235783:3001/"),
    "IPv6": ("2001:db8::1", "fe80::1ff:fe23:4567:890a", "fd12:3456:789a:1::1"),
    "IPv6 long": ("2001:0db8:0000:0000:0000:ff00:0042:8329",),
    "IPv6 with zone": ("fe80::1%eth0", "fe80::a2b3%en1"),
    "IPv6 mapped": ("::ffff:10.20.30.40", "::ffff:c0a8:107"),
    "IPv6 in brackets": ("[2001:db8::5]:443",),
    "cloud name": ("ip-10-20-30-40.ec2.internal", "ip-172-31-5-9"),
    "percent": ("10%2E20%2E30%2E40", "192%2e168%2e1%2e7"),
    "entities": ("10&#46;20&#46;30&#46;40",),
    "network": ("10.20.0.0/16", "192.168.178.0/24"),
}
PRIVATE_HOSTS: dict[str, tuple[str, ...]] = {
    ".internal": ("db1.prod.internal", "queue.internal"),
    ".local": ("nas.local", "printer-2.local"),
    ".lan": ("fileserver.lan",),
    ".home": ("router.home",),
    ".corp": ("dc01.corp", "intranet.acme.corp"),
    ".test": ("shop.test",),
    ".consul": ("postgres.service.consul",),
    ".svc": ("kuma.default.svc", "api.prod.svc.cluster.local"),
    "label with port": ("db1:5432", "redis-main:6379", "web01:8443"),
    "user@host": ("root@web-01", "deploy@db2", "ubuntu@build.acme.example"),
    "AWS": ("x1.abc.eu-central-1.rds.amazonaws.com", "c.xyz.cache.amazonaws.com", "ip-1.eu-west-1.compute.internal"),
    "DigitalOcean": ("db-pg-fra1-123-do-user-99.b.db.ondigitalocean.com",),
    "Azure": ("vm7.westeurope.cloudapp.azure.com",),
    "localhost": ("localhost:3001", "http://localhost/"),
    "gs://": ("gs://acme-nightly/x",),
    "s3://": ("s3://some-bucket/2024/",),
    "ARN": ("arn:aws:s3:::some-bucket", "arn:aws:iam::123456789012:user/x"),
}


def _tokens(chance: random.Random) -> dict[str, list[str]]:
    def some(length: int, signs: str = string.ascii_letters + string.digits) -> str:
        return "".join(chance.choices(signs, k=length - 2)) + "a7"

    hexa, upper, word = (
        "0123456789abcdef",
        string.ascii_uppercase + string.digits,
        string.ascii_letters + "_-0123456789",
    )
    mixed = string.ascii_letters + string.digits + "+/"

    def jwt() -> str:
        head, body = (
            base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (b'{"alg":"HS256"}', b'{"sub":"1"}')
        )
        return f"{head}.{body}.{some(43, word)}"

    der = base64.b64encode(b"\x30\x82\x04\xa4\x02\x01\x00\x02\x82\x01\x01\x00" + chance.randbytes(300)).decode()
    made: dict[str, Callable[[], str]] = {
        "AWS access key": lambda: "AKIA" + some(14, upper).upper() + "Q7",
        "AWS temporary key": lambda: "ASIA" + some(14, upper).upper() + "Q7",
        "AWS secret": lambda: "aws_secret_access_key=" + some(40, mixed),
        "AWS signed URL": lambda: "https://x.example/k?X-Amz-Signature=" + some(64, hexa),
        "DigitalOcean": lambda: "dop_v1_" + some(64, hexa),
        "DigitalOcean OAuth": lambda: "doo_v1_" + some(64, hexa),
        "DigitalOcean Spaces": lambda: "DO00" + some(14, upper).upper() + "Q7",
        "Google API": lambda: "AIza" + some(35, word),
        "Google OAuth secret": lambda: "GOCSPX-" + some(28, word),
        "Google access token": lambda: "ya29." + some(60, word),
        "Google service account": lambda: '{"type": "service_account", "project_id": "x"}',
        "Azure storage key": lambda: "AccountKey=" + some(86, mixed) + "==",
        "Azure SAS": lambda: "https://x.blob.core.windows.net/c?sv=2022-11-02&sig=" + some(43) + "%3D",
        "Azure client secret": lambda: some(3) + "8Q~" + some(34, word),
        "GitHub": lambda: "ghp_" + some(36),
        "GitHub OAuth": lambda: "gho_" + some(36),
        "GitHub fine-grained": lambda: "github_pat_" + some(22) + "_" + some(59),
        "GitLab": lambda: "glpat-" + some(20, word),
        "GitLab routable": lambda: "glpat-" + some(27, word) + ".01." + some(9, "0123456789abcdefghij"),
        "GitLab runner": lambda: "glrt-" + some(20, word),
        "GitLab trigger": lambda: "glptt-" + some(40, hexa),
        "Slack bot": lambda: "xoxb-" + some(12, string.digits) + "-" + some(24),
        "Slack app": lambda: "xapp-1-" + some(11, upper) + "-" + some(13, string.digits) + "-" + some(64, hexa),
        "Slack webhook": lambda: (
            "https://hooks.slack.com/services/T" + some(8, upper) + "/B" + some(8, upper) + "/" + some(24)
        ),
        "Stripe": lambda: "sk_live_" + some(24),
        "Stripe restricted": lambda: "rk_live_" + some(24),
        "Stripe webhook": lambda: "whsec_" + some(32),
        "SendGrid": lambda: "SG." + some(22, word) + "." + some(43, word),
        "Twilio": lambda: "SK" + some(32, hexa),
        "Mailgun": lambda: "key-" + some(32, hexa),
        "Mailchimp": lambda: some(32, hexa) + "-us14",
        "Cloudflare": lambda: "cfut_" + some(48),
        "Cloudflare account": lambda: "cfat_" + some(48),
        "Cloudflare origin CA": lambda: "v1.0-" + some(24, hexa) + "-" + some(146, hexa),
        "Shopify": lambda: "shpat_" + some(32, hexa),
        "New Relic": lambda: "NRAK-" + some(27, upper).upper(),
        "Tailscale": lambda: "tskey-auth-" + some(12) + "CNTRL-" + some(32),
        "Atlassian": lambda: "ATATT3xFfGF0" + some(180, word) + "=" + some(8, upper).upper(),
        "Grafana": lambda: "glsa_" + some(32) + "_" + some(8, hexa),
        "Grafana Cloud": lambda: "glc_" + some(80),
        "Discord bot": lambda: "M" + some(25) + "." + some(6, word) + "." + some(38, word),
        "Discord webhook": lambda: "https://discord.com/api/webhooks/" + some(18, string.digits) + "/" + some(68, word),
        "Telegram": lambda: "81234567" + str(chance.randrange(10, 99)) + ":AA" + some(33, word),
        "OpenAI": lambda: "sk-proj-" + some(74) + "T3BlbkFJ" + some(74),
        "OpenAI old": lambda: "sk-" + some(20) + "T3BlbkFJ" + some(20),
        "Anthropic": lambda: "sk-ant-api03-" + some(93, word) + "AA",
        "Hugging Face": lambda: "hf_" + some(34, string.ascii_letters),
        "Vault": lambda: "hvs." + some(92, word),
        "Vault old": lambda: "s." + some(24),
        "Docker": lambda: "dckr_pat_" + some(27, word),
        "npm": lambda: "npm_" + some(36),
        "PyPI": lambda: "pypi-AgEIcHlwaS5vcmc" + some(120, word),
        "PagerDuty": lambda: "https://events.pagerduty.com/integration/" + some(32, hexa) + "/enqueue",
        "Teams": lambda: (
            "https://acme.webhook.office.com/webhookb2/" + some(36, hexa) + "@x/IncomingWebhook/" + some(32, hexa)
        ),
        "healthchecks": lambda: "https://hc-ping.com/" + some(8, hexa) + "-1234-5678-9abc-" + some(12, hexa),
        "secret beside its name": lambda: "APP_SECRET_KEY=" + some(20),
        "password beside its name": lambda: 'password: "' + some(12) + '"',
        "X-Api-Key": lambda: "X-Api-Key: " + some(24),
        "authorization": lambda: "Authorization: Bearer " + some(32),
        "basic authorization": lambda: "Authorization: Basic " + base64.b64encode(("u:" + some(8)).encode()).decode(),
        "PEM": lambda: "-----BEGIN RSA PRIVATE KEY-----\n" + some(64, mixed),
        "PEM, OpenSSH": lambda: "-----BEGIN OPENSSH PRIVATE KEY-----",
        "DER": lambda: der,
        "JWK": lambda: '{"kty":"RSA","n":"' + some(40, word) + '","e":"AQAB","d":"' + some(40, word) + '"}',
        "JWT": jwt,
        "JDBC": lambda: "jdbc:postgresql://db.example/x?user=a&password=" + some(8),
        "ODBC": lambda: "Driver={SQL Server};Server=db.example;Uid=sa;Pwd=" + some(10) + ";",
        "login in an address": lambda: "postgres://app:" + some(10) + "@db.example/x",
    }
    return {service: [make() for _ in range(4)] for service, make in made.items()}


def leaks(seed: int) -> list[Leak]:
    """Return all leaks; another seed makes other tokens and puts each leak into another sentence."""
    chance = random.Random(seed)
    kinds: list[tuple[str, str, list[str]]] = [
        *_own("secret", tuple(SECRETS.values())),
        *_own("name", NAMES),
        *_own("host", ("kuma.intern-acme.example", "mail.acme.example", "bücher.acme.example")),
        *_own("bucket", BUCKETS),
        *_spelled(),
        ("part of a secret address", OWN, list(_PARTS)),
        *((f"address, {kind}", SHAPE, list(values)) for kind, values in ADDRESSES.items()),
        *((f"host, {kind}", SHAPE, list(values)) for kind, values in PRIVATE_HOSTS.items()),
        *((f"token, {kind}", KNOWN, values) for kind, values in _tokens(chance).items()),
    ]
    return [Leak(kind, group, chance.choice(FRAMES).format(value)) for kind, group, values in kinds for value in values]
