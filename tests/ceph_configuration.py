# SPDX-License-Identifier: MIT
"""The files of a Ceph object gateway, and free ports for it."""

from __future__ import annotations

import errno
import random
import socket

CEPH_CONF = """\
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon_port}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr1 = false

auth cluster required = none
auth service required = none
auth client required = none
# Without authentication nothing can be encrypted. radosgw alone asks for encryption towards the monitor unless it is
# told here not to, and then looks for the monitor for ever.
ms cluster mode = crc
ms service mode = crc
ms client mode = crc
ms mon cluster mode = crc
ms mon service mode = crc
ms mon client mode = crc

# The gateway makes its pools one by one at its first start, and each waits for a proposal: a second by default.
paxos propose interval = 0.02
paxos min wait = 0.01

# One store, one copy.
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd crush initial weight = 1
mon allow pool size one = true
mon max pg per osd = 10000
osd objectstore = memstore
memstore device bytes = 8589934592
# A monitor stops itself on a disk that is nearly full.
mon data avail warn = 1
mon data avail crit = 1

mon data = {directory}/mon
osd data = {directory}/osd
rgw data = {directory}/rgw
keyring = {directory}/keyring
run dir = {directory}
crash dir = {directory}/crash
# The path of a socket is limited to 107 characters, and a test's directory may be deeper than that.
admin socket =
log file = {directory}/$name.log
log to stderr = false
log flush on exit = true
err to stderr = true
mon cluster log to file = false
debug rocksdb = 0
debug memstore = 0

rgw frontends = {frontends}
rgw dns name = {domain}
{more}
"""

OPENSSL_CONF = """\
[req]
prompt = no
distinguished_name = name
[name]
O = Throwaway test gateway
CN = {name}
[ca]
default_ca = throwaway
[throwaway]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = anything
[anything]
organizationName = optional
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""


class GatewayError(RuntimeError):
    """The gateway could not be started, or one of its daemons died."""


def free_port(host: str, taken: set[int]) -> int:
    # Below the range of ports for outgoing connections, so that none of these takes it before the gateway does.
    for _ in range(1000):
        port = random.randrange(20000, 32000)
        if port not in taken and port_is_free(host, port):
            taken.add(port)
            return port
    raise GatewayError(f"no free port on {host}")


def port_is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: recently closed connections do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise GatewayError(f"cannot listen on {host} port {port}: {error}") from None
            return False
    return True
