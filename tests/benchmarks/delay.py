# SPDX-License-Identifier: MIT
"""A TCP proxy that delays each request, as a long distance would."""

from __future__ import annotations

import asyncio
import threading


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    try:
        while data := await reader.read(65536):
            await asyncio.sleep(seconds)
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


def start(port_of_server: int, seconds: float) -> int:
    """Start a proxy on loopback before a server on loopback, in a thread; return its port."""
    started = threading.Event()
    ports: list[int] = []

    async def serve() -> None:
        async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there, back = await asyncio.open_connection("127.0.0.1", port_of_server)
            await asyncio.gather(_hand_on(reader, back, seconds), _hand_on(there, writer, 0))

        server = await asyncio.start_server(connect, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        started.set()
        await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    started.wait(10)
    return ports[0]
