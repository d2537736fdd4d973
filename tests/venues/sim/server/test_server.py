"""Sockets: REST, WebSocket, TLS, faults that only a socket shows, and the admin endpoint."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from venues.sim.server.rig import hmac_hex

from tickpath.venues.sim.server import server
from tickpath.venues.sim.server.binance.spot import BinanceSpot
from tickpath.venues.sim.server.config import HostSpec, load_host
from tickpath.venues.sim.server.host import VenueHost
from tickpath.venues.sim.server.orders import BUY
from tickpath.venues.sim.server.units import parse

TEXT = """
[[venues]]
name = "spot"
protocol = "binance-spot"
[[venues.markets]]
symbol = "BTCUSDT"
mid = "60000"
events_per_s = 0
[[venues.accounts]]
name = "alice"
balances = { USDT = "100000", BTC = "1" }
[[venues.accounts.keys]]
name = "key"
kind = "hmac"
secret = "secret"
"""
Scene = Callable[[VenueHost, aiohttp.ClientSession], Awaitable[None]]


def play(tmp_path: Path, scene: Scene, text: str = TEXT) -> None:
    """Run a scene against a host with sockets."""
    path = tmp_path / "venues.toml"
    path.write_text(text)
    spec = load_host(path)

    async def whole() -> None:
        async with VenueHost(spec) as host, aiohttp.ClientSession() as client:
            await asyncio.wait_for(scene(host, client), 20)

    asyncio.run(whole())


def urls(host: VenueHost) -> dict[str, str]:
    found: dict[str, str] = host.urls()["venues"]["spot"]
    return found


async def order(host: VenueHost, client: aiohttp.ClientSession, **more: Any) -> Any:
    """A signed limit order over REST: (status, body)."""
    terms = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    terms |= {"price": "59000", "quantity": "0.01", "timestamp": host.venues["spot"].venue_ms()}
    query = "&".join(f"{k}={v}" for k, v in (terms | more).items())
    url = f"{urls(host)['rest']}/api/v3/order?{query}&signature={hmac_hex('secret', query)}"
    async with client.post(url, headers={"X-MBX-APIKEY": "key"}) as answer:
        return answer.status, await answer.json()


def test_rest_and_streams_over_sockets(tmp_path: Path) -> None:
    async def scene(host: VenueHost, client: aiohttp.ClientSession) -> None:
        venue = host.venues["spot"]
        async with client.ws_connect(urls(host)["market"] + "/ws/btcusdt@trade") as socket:
            assert (await order(host, client, newClientOrderId="mine"))[0] == 200
            price = venue.exchange.books["BTCUSDT"].best(BUY)
            venue.exchange.crowd_take(venue.exchange.markets["BTCUSDT"], 1, parse("0.001"))
            trade = json.loads(await socket.receive_str())
            assert parse(trade["p"]) == price
            await socket.send_str('{"method":"LIST_SUBSCRIPTIONS","id":1}')
            assert json.loads(await socket.receive_str())["result"] == ["btcusdt@trade"]
            await socket.ping(b"mine")
        assert venue.exchange.accounts["alice"].client_ids["mine"].open

    play(tmp_path, scene)


def test_a_lost_ack_over_rest_ends_the_connection(tmp_path: Path) -> None:
    async def scene(host: VenueHost, client: aiohttp.ClientSession) -> None:
        base = f"{host.urls()['admin']}/venues/spot"
        async with client.post(f"{base}/faults", json={"kind": "lost_ack"}) as answer:
            assert await answer.json() == {"waiting": 1}
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await order(host, client, newClientOrderId="mine")
        async with client.get(f"{base}/truth") as answer:
            truth = await answer.json()
        assert [o["client_id"] for o in truth["accounts"]["alice"]["open_orders"]] == ["mine"]
        assert truth["accounts"]["alice"]["balances"]["USDT"] == {"free": "99410", "locked": "590"}
        assert truth["faults_struck"][0]["kind"] == "lost_ack"
        async with client.get(f"{base}/truth?history=0") as answer:
            short = await answer.json()
        alice = truth["accounts"]["alice"]
        left = {key: value for key, value in alice.items() if key not in ("orders", "fills")}
        assert short["accounts"]["alice"] == left
        assert (left["order_count"], left["reused"]) == (len(alice["orders"]), [])

    play(tmp_path, scene)


def test_cuts_half_open_sockets_and_slow_readers(tmp_path: Path) -> None:
    async def scene(host: VenueHost, client: aiohttp.ClientSession) -> None:
        admin = f"{host.urls()['admin']}/venues/spot/faults"

        async def fault(**keys: Any) -> None:
            async with client.post(admin, json=keys) as answer:
                assert answer.status == 200, await answer.text()

        async with client.ws_connect(urls(host)["api"]) as socket:
            await fault(kind="shutdown", channel="api", value=1)
            assert "serverShutdown" in await socket.receive_str()
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == 1001
        async with client.ws_connect(urls(host)["api"]) as socket:
            await fault(kind="cut", channel="api", tag="abort")
            assert (await socket.receive()).type in (
                aiohttp.WSMsgType.CLOSED,
                aiohttp.WSMsgType.ERROR,
            )
        async with client.ws_connect(urls(host)["api"]) as socket:
            await fault(kind="slow_reader", channel="api", value=20)
            before = host.venues["spot"].t_ns
            await socket.send_str('{"id":1,"method":"ping"}')
            assert json.loads(await socket.receive_str())["id"] == 1
            assert host.venues["spot"].t_ns - before >= 20_000_000
        async with client.ws_connect(urls(host)["api"]) as socket:
            await fault(kind="half_open", channel="api")
            await socket.send_str('{"id":1,"method":"ping"}')
            await socket.ping()
            with pytest.raises(asyncio.TimeoutError):
                await socket.receive(timeout=0.05)
            assert len(host.venues["spot"].links) == 1

    play(tmp_path, scene)


def test_a_client_that_sends_without_pause_does_not_keep_others_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BUSY_S", 0)

    async def scene(host: VenueHost, client: aiohttp.ClientSession) -> None:
        url = urls(host)["api"]
        async with client.ws_connect(url) as busy, client.ws_connect(url) as other:
            for number in range(1000):
                await busy.send_str(f'{{"id":{number},"method":"ping"}}')
            await other.send_str('{"id":"mine","method":"ping"}')
            assert json.loads(await other.receive_str())["id"] == "mine"
            assert host.venues["spot"].requests.count < 500

    play(tmp_path, scene)


def test_frames_of_any_size_arrive_whole_and_in_order(tmp_path: Path) -> None:
    """All lengths that a frame's head writes in another way."""

    async def scene(host: VenueHost, client: aiohttp.ClientSession) -> None:
        async with client.ws_connect(urls(host)["market"] + "/ws", max_msg_size=0) as socket:
            await socket.send_str('{"method":"LIST_SUBSCRIPTIONS","id":1}')
            await socket.receive_str()
            (link,) = host.venues["spot"].links.values()
            sizes = (0, 1, 125, 126, 65_535, 65_536, 70_000)
            for size in sizes:
                link.send("é" * (size // 2) + "x" * (size % 2))
                link.send(b"b" * size)
            for size in sizes:
                assert len((await socket.receive_str()).encode()) == size
                assert await socket.receive_bytes() == b"b" * size

    play(tmp_path, scene)


def test_a_client_that_does_not_read_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BACKLOG_BYTES_MAX", 100_000)

    async def scene(host: VenueHost, client: aiohttp.ClientSession) -> None:
        async with client.ws_connect(urls(host)["market"] + "/ws") as socket:
            await socket.send_str('{"method":"LIST_SUBSCRIPTIONS","id":1}')
            await socket.receive_str()
            (link,) = host.venues["spot"].links.values()
            for _ in range(101):
                link.send("x" * 1000)
            assert (await socket.receive()).type in (
                aiohttp.WSMsgType.CLOSED,
                aiohttp.WSMsgType.ERROR,
            )
        assert not host.venues["spot"].links

    play(tmp_path, scene)


def test_a_handshake_without_its_key_leaves_no_link(tmp_path: Path) -> None:
    async def scene(host: VenueHost, client: aiohttp.ClientSession) -> None:
        headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        url = urls(host)["rest"] + "/ws/btcusdt@trade"
        async with client.get(url, headers=headers) as answer:
            assert answer.status == 400
        venue = host.venues["spot"]
        assert isinstance(venue.protocol, BinanceSpot)
        assert (venue.links, venue.protocol.streams.wanted) == ({}, {})

    play(tmp_path, scene)


def test_pings_and_clients_that_do_not_answer(tmp_path: Path) -> None:
    async def scene(host: VenueHost, client: aiohttp.ClientSession) -> None:
        url = urls(host)["api"]
        async with client.ws_connect(url) as good, client.ws_connect(url, autoping=False) as bad:
            reader = asyncio.create_task(good.receive_str())
            while True:
                message = await bad.receive()
                if message.type is not aiohttp.WSMsgType.PING:
                    break
            assert (message.type, bad.close_code) == (aiohttp.WSMsgType.CLOSE, 1008)
            await good.ping(b"mine")
            await good.send_str('{"id":1,"method":"ping"}')
            assert json.loads(await reader)["id"] == 1
            assert len(host.venues["spot"].links) == 1

    limits = "limits = { ping_ms = 50, pong_ms = 1500 }"
    play(tmp_path, scene, TEXT.replace('"binance-spot"', f'"binance-spot"\n{limits}'))


def test_tls_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    async def scene(host: VenueHost, client: aiohttp.ClientSession) -> None:
        found = host.urls()
        trust = ssl.create_default_context(cafile=found["certificate"])
        url = found["venues"]["spot"]["rest"]
        assert url.startswith("https://")
        async with client.get(f"{url}/api/v3/ping", ssl=trust) as answer:
            assert await answer.json() == {}
        async with client.ws_connect(found["venues"]["spot"]["api"], ssl=trust) as socket:
            await socket.send_str('{"id":1,"method":"ping"}')
            assert json.loads(await socket.receive_str())["status"] == 200
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await client.get(f"{url}/api/v3/ping")

    play(tmp_path, scene, f"[tls]\nself_signed = true\n{TEXT}")


def test_the_admin_endpoint(tmp_path: Path) -> None:
    async def scene(host: VenueHost, client: aiohttp.ClientSession) -> None:
        base = f"{host.urls()['admin']}/venues"

        async def ask(method: str, path: str, **more: Any) -> tuple[int, Any]:
            async with client.request(method, f"{base}{path}", **more) as answer:
                return answer.status, await answer.json()

        assert (await ask("GET", ""))[1] == host.urls()
        rest = {"side": "SELL", "quantity": "0.5", "price": "59990", "rest": True}
        assert (await ask("POST", "/spot/crowd", json=rest))[1] != {"taken": "0"}
        taken = await ask("POST", "/spot/crowd", json={"side": "BUY", "quantity": "0.001"})
        assert taken == (200, {"taken": "0.001"})
        assert (await order(host, client))[0] == 200
        sent = (await ask("GET", "/spot/requests"))[1]
        assert [(s["method"], s["path"]) for s in sent] == [("POST", "/api/v3/order")]
        assert (await ask("GET", f"/spot/requests?after={sent[0]['number']}"))[1] == []
        book = (await ask("GET", "/spot/book?symbol=BTCUSDT&limit=1"))[1]
        assert len(book["bids"]) == 1
        more = {"account": "alice", "asset": "USDT", "quantity": "5"}
        assert (await ask("POST", "/spot/deposit", json=more))[0] == 200
        assert host.venues["spot"].exchange.accounts["alice"].balance("USDT").total == parse(
            "100005"
        )
        assert (await ask("DELETE", "/spot/requests"))[0] == 200
        for path, keys in (("/none/truth", {}), ("/spot/faults", {"kind": "none"})):
            status, body = await ask("POST" if keys else "GET", path, json=keys or None)
            assert status in (400, 404)
            assert "error" in body
        wrong = {"kind": "drop", "cout": 1}
        assert "did you mean 'count'" in (await ask("POST", "/spot/faults", json=wrong))[1]["error"]

    play(tmp_path, scene)


def test_a_taken_port_is_an_error(tmp_path: Path) -> None:
    async def scene(host: VenueHost, client: aiohttp.ClientSession) -> None:
        port = host.servers["spot"].port
        path = tmp_path / "second.toml"
        path.write_text(TEXT.replace('"spot"', f'"spot"\nport = {port}'))
        spec: HostSpec = load_host(path)
        with pytest.raises(OSError, match="address already in use"):
            await VenueHost(spec).__aenter__()

    play(tmp_path, scene)
