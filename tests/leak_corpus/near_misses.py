# SPDX-License-Identifier: MIT
"""Harmless texts that look private: checksums, versions, identifiers, public addresses, notations."""

NEAR_MISSES = """
https://status.example.com/incidents/550e8400-e29b-41d4-a716-446655440000
Commit 3f786850e387550fdab836ed7e6dc881de23001b has been deployed
https://github.com/example/app/commit/3f786850e387550fdab836ed7e6dc881de23001b
sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
SHA-256 checksum of the image: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
md5 d41d8cd98f00b204e9800998ecf8427e
ghcr.io/example/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
integrity sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC
sha512-yMD55yP3fy9IlXpcG7fRJjojPj91Vxnm856tK6gM/zd80fyz/wbCjRp1tFolvhz8QNhs3epPEqYIJ4m+D7GIFQ==
build-20251110.3-a1b2c3d
Build #4711 (rev 8c1f2a9)
release 2025.11.10-rc.1+build.5114f85
npm i react@18.2.0 and lodash@4.17, then lodash@latest
openssl 3.0.11-1~deb12u2, linux-image-6.1.0-18-amd64 6.1.76-1, postgresql-15 15.5-0+deb12u1
nginx/1.22.1, PHP/8.2.7, Node v20.10.0, Kernel 6.1.0-13-amd64 #1 SMP
PHP 8.2.10.1 is out
Chrome 120.0.6099.129 and Windows 10.0.22631.2861
Windows Server 2022 (10.0.20348.2159), SQL Server 2019 15.0.4345.5, Exchange Server 15.2.1258.28
macOS 14.2.1 (23C71), iOS 17.2.1.3, FortiOS 7.4.2, VMware ESXi 8.0.2 build-22380479
v10.0.0 and v172.16.0
version 10.0.0.1
Updated from 4.10.2.8 to 4.10.2.9
DIN 1.2.3.4
1.2.3.4 Wartungsfenster
§ 10.1.2.3 AGB
section 10.2.3.4 of the contract
Kapitel 10.1.1.2
data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=
data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7
#1a2b3c; color: #ff8800; background:#0a141e28
RHSA-2024:1234 and RHBA-2025:0456 were applied
SUSE-SU-2024:3456-1, DSA-5724-1, GHSA-jfh8-c2jp-5v3q, KB5034441
CVE-2024-6387 (regreSSHion)
ISO/IEC 27001:2022, EN50600:2019, DIN-EN-ISO-9001:2015
Q3:2025 results
Terminal-2:30
Gate B12:30
Order ORD-2025-000123, invoice RE-2025/10-4711
Ticket SUP-48213, INC0012345, CHG0031337
Rufen Sie +49 (0)30 1234567-89 oder 0800/1234567 an
+33 (0)1 23 45 67 89; +34 91 123 45 67; +351 21 123 4567; +31 20 123 4567; +81-3-1234-5678; +1-800-555-0199
Tel. 030.12345678, Fax 030.12345679, Tel. 089123456
IBAN DE89 3704 0044 0532 0130 00, BIC COBADEFFXXX
USt-IdNr. DE123456789, HRB 12345 B
52.520008, 13.404954
N 52° 31' 12.025" E 13° 24' 17.834"
10.000 Besucher, 192.168 Zugriffe
10.258 clients and 10.345.678 requests
10,258.75 USD
load average: 10.25, 172.33
Die Störung begann um 10.30 Uhr und endete um 11.45 Uhr
At 10.15 UTC the first errors appeared; at 10.30 we restarted
On 10.12 the provider changed a route
via 10.400 Anschlüsse
am 10.11.25 um 10:11:12.123
2025-W46-1, 2025-11-10 10:30:00.123456+01:00, P1DT2H30M
Mon:22:00-Tue:06:00, T-2:30, UTC+02:00
8:00–17:00, Mo.–Fr. 08:00-17:00 Uhr
Latenz <10ms, ≥99.95%, ~10.2 s
Ratio 10:100:1000, 16:9, 1:23:45 h
support@example.com, hilfe@beispiel.de, info@müller-shop.example
@acme_status on X; @acme@mastodon.social
https://www.githubstatus.com/incidents/abcd1234efgh
https://status.hetzner.com/incident/0f7a1c9e-3b1f-4f55-8b0e-0d8a4ab0e5d0
https://bugs.debian.org/cgi-bin/bugreport.cgi?bug=1012345
https://nvd.nist.gov/vuln/detail/CVE-2024-3094
https://youtu.be/dQw4w9WgXcQ, https://maps.app.goo.gl/AbCdEf123456
https://example.com/path?utm_source=status&utm_campaign=incident-2025-11
eu-central-1, us-east-1a, fra1, nyc3, westeurope
The us-east-1 region of AWS (EC2, RDS, S3) is affected; Amazon S3 buckets may be slow
s3.eu-central-1.amazonaws.com
HTTP 503, error code 0x80070005, Error 0x800f081f, Fehlercode 0x0000007B, 0xDEADBEEF, exit code 137
ERR_CONNECTION_REFUSED (-102)
Passwords: at least 12 characters
Password: required
Passwort: mindestens 8 Zeichen
Mot de passe : obligatoire
Contraseña: mínimo 8 caracteres
The password is case-sensitive and the token is base64-encoded
API key: see your account page
Token: expires after 30 days
token=optional
Your API keys were not exposed
secret santa: 24.12.2025
License key required
Session: 45 minutes
Cookie: we use no cookies
Authorization: all users must log in again
Bearer tokens are affected
Ports 80, 443, 8080; tcp/443 and udp/53
status.internal-tools.example, example.local-news.com, shop.test-domain.de
home.example.com, test.example.com, mail.example.corp.com
00:1A:2B:3C:4D:5E
std::string, a::b, Fe::male
AKIA, ghp_ tokens, SG., eyJ, xoxo
sk-learn, sk-learn-contrib-1.2.3-release-candidate, sk-SK locale
hf_hub, npm_config_registry, pypi-upload-2025, key-value-store
global-secondary-index, glacier-deep-archive-storage, task-force-2025-incident-response
AC Milan; SK Rapid Wien 2025; pat on the back
RFC 1918, RFC 8446
""".strip().split("\n")
