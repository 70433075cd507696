"""A Sandbank for tests, with nothing but Python's own library.

It is one of their own, which starts in a moment and ends with the tests, or the one at SANDBANK_URL, such
as a service of a CI job. See test_checkout.py for its use.
"""

import base64
import json
import os
import pathlib
import subprocess
import time
import urllib.parse
import urllib.request

CLIENTS = {"demo-shop": "demo-shop-secret", "demo-operator": "demo-operator-secret"}


def start(folder: pathlib.Path) -> "Sandbank":
    """Starts one, and reads where it is from the file that it writes once it is ready."""
    if url := os.environ.get("SANDBANK_URL"):
        return Sandbank({"url": url, "clients": [{"id": i, "secret": s} for i, s in CLIENTS.items()]})
    ready = folder / "ready.json"
    program = os.environ.get("SANDBANK_PROCESSOR", "processor")
    process = subprocess.Popen([program, "--addr=127.0.0.1:0", "--amqp-addr=127.0.0.1:0", "--quiet", f"--ready-file={ready}"])
    while not ready.exists():  # it is never there in part
        if process.poll() is not None:
            raise RuntimeError(f"{program} ended with {process.returncode} before it was ready")
        time.sleep(0.02)
    return Sandbank(json.loads(ready.read_text()), process)


class Sandbank:
    def __init__(self, ready: dict, process: subprocess.Popen | None = None) -> None:
        self.ready, self.process, self.tokens = ready, process, {}

    def token(self, client: str) -> str:
        if client not in self.tokens:
            secret = next(c["secret"] for c in self.ready["clients"] if c["id"] == client)
            basic = base64.b64encode(f"{client}:{secret}".encode()).decode()
            body = urllib.parse.urlencode({"grant_type": "client_credentials"}).encode()
            asked = urllib.request.Request(self.ready["url"] + "/oauth/token", body, {"Authorization": f"Basic {basic}"})
            with urllib.request.urlopen(asked, timeout=30) as answer:
                self.tokens[client] = json.load(answer)["access_token"]
        return self.tokens[client]

    def ask(self, client: str, method: str, path: str, body: dict | None = None) -> dict:
        headers = {"Authorization": f"Bearer {self.token(client)}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        asked = urllib.request.Request(self.ready["url"] + path, data, headers, method=method)
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.load(answer)

    def create(self, **more: object) -> dict:
        payment = {"amount": {"value": "19.99", "currency": "EUR"}, "bank": "SANDNL2A", "reference": "order-1", "return_url": "https://shop.example/orders/1"}
        return self.ask("demo-shop", "POST", "/v1/payments", payment | more)

    def payment(self, payment: str) -> dict:
        return self.ask("demo-shop", "GET", f"/v1/payments/{payment}")

    def events(self, payment: str) -> list[str]:
        listed = self.ask("demo-shop", "GET", "/v1/events?after=0")
        return [event["type"] for event in listed["data"] if event["data"]["id"] == payment]

    def customer(self, payment: str, **act: str) -> dict:
        """What the customer does, without a browser."""
        return self.ask("demo-shop", "POST", f"/sim/payments/{payment}/customer", act)

    def freeze(self) -> None:
        """Simulated time stands still from now on, and goes on by what the test says."""
        self.ask("demo-operator", "POST", "/sim/clock", {"freeze": True})

    def advance(self, by: str) -> None:
        """Returns when all has happened that follows, so that a test need not wait."""
        self.ask("demo-operator", "POST", "/sim/clock", {"advance": {"by": by}})

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=60)
