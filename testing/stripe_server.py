"""A server that speaks Stripe's HTTP, as its documentation describes it, with faults on wish.

It keeps what the real SDK relies on: one effect for an idempotency key and an error for a key with
other parameters, sessions of 30 minutes to 24 hours, no expiry after a payment, refunds of at most
what was paid, signed webhooks. https://docs.stripe.com/api
"""

import hashlib
import hmac
import json
import re
import secrets
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

KEY = "sk_test_51fakefakefake"
WEBHOOK_SECRET = "whsec_fakefakefakefake"  # noqa: S105 - of the fake server
SHORTEST, LONGEST = 30 * 60, 24 * 60 * 60  # seconds of a session


class StripeError(Exception):
    def __init__(self, status, kind, message, code=""):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, "code": code}}


def invalid(message, code=""):
    return StripeError(400, "invalid_request_error", message, code)


class Books:
    """Sessions, payment intents and refunds of one account, and the answers by idempotency key."""

    def __init__(self):
        self.lock = threading.RLock()
        self.sessions = {}
        self.intents = {}
        self.refunds = {}
        self.answers = {}
        self.faults = []  # of the next requests: down, limit, lost or slow
        self.requests = []  # (method, path)
        self.offset = 0  # seconds that its clock is ahead
        self.refund_status = "succeeded"  # of new refunds

    @property
    def now(self):
        return int(time.time()) + self.offset

    # What a customer or staff of the cinema do on Stripe's pages.

    def pay(self, session_id):
        with self.lock:
            session = self._open_session(session_id)
            intent = self.intents[session["payment_intent"]]
            intent["status"] = "succeeded"
            session.update(status="complete", payment_status="paid", url=None)
            return session

    def pay_by_transfer(self, session_id):
        """Complete the session; the money comes later, by `settle_transfer`."""
        with self.lock:
            session = self._open_session(session_id)
            self.intents[session["payment_intent"]]["status"] = "processing"
            session.update(status="complete", url=None)
            return session

    def settle_transfer(self, session_id, *, succeeds=True):
        with self.lock:
            session = self.sessions[session_id]
            intent = self.intents[session["payment_intent"]]
            intent["status"] = "succeeded" if succeeds else "requires_payment_method"
            session["payment_status"] = "paid" if succeeds else "unpaid"
            return session

    def refund_by_hand(self, intent, amount):
        with self.lock:
            return self._refund({"payment_intent": intent, "amount": amount, "metadata": {}})

    def received(self):
        """Return what the account has, in units: received less refunded."""
        with self.lock:
            paid = sum(
                s["amount_total"] for s in self.sessions.values() if s["payment_status"] == "paid"
            )
            back = sum(
                refund["amount"]
                for refund in self.refunds.values()
                if refund["status"] in ("succeeded", "pending")
            )
            return paid - back

    def webhook(self, kind, about, *, event_id=None, secret=WEBHOOK_SECRET, at=None):
        """Return headers and body of a message about an object."""
        event = {
            "id": event_id or f"evt_{secrets.token_hex(8)}",
            "object": "event",
            "type": kind,
            "data": {"object": about},
        }
        body = json.dumps(event).encode()
        at = at or int(time.time())
        signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return {"Stripe-Signature": f"t={at},v1={signed}"}, body

    # The API.

    def answer(self, method, path, values, key):
        with self.lock:
            self.requests.append((method, path))
            if method == "POST" and key:
                return self._once(
                    key, (path, json.dumps(values, sort_keys=True)), method, path, values
                )
            return self._act(method, path, values)

    def _once(self, key, asked, method, path, values):
        if key in self.answers:
            before, answer = self.answers[key]
            if before != asked:
                raise StripeError(400, "idempotency_error", "Keys are for one request.")
            if isinstance(answer, StripeError):
                raise answer
            return answer
        try:
            answer = json.loads(json.dumps(self._act(method, path, values)))
        except StripeError as error:
            answer = error
        self.answers[key] = asked, answer
        if isinstance(answer, StripeError):
            raise answer
        return answer

    def _act(self, method, path, values):
        match [method, *path.removeprefix("/v1/").split("/")]:
            case ["POST", "checkout", "sessions"]:
                return self._create_session(values)
            case ["GET", "checkout", "sessions", session_id]:
                return self._shown_session(session_id, values)
            case ["POST", "checkout", "sessions", session_id, "expire"]:
                session = self._session(session_id)
                if session["status"] != "open":
                    raise invalid(
                        f"Only open sessions can be expired; this is {session['status']}."
                    )
                session.update(status="expired", url=None)
                return session
            case ["POST", "refunds"]:
                return self._refund(values)
            case ["GET", "refunds"]:
                found = [
                    r
                    for r in self.refunds.values()
                    if r["payment_intent"] == values.get("payment_intent")
                ]
                return {"object": "list", "data": found, "has_more": False, "url": "/v1/refunds"}
            case ["GET", "refunds", refund_id] if refund_id in self.refunds:
                return self.refunds[refund_id]
        raise StripeError(
            404, "invalid_request_error", f"No such thing: {path}", "resource_missing"
        )

    def _create_session(self, values):
        line = values["line_items"]["0"]
        unit = int(line["price_data"]["unit_amount"])
        if unit <= 0:
            raise invalid("The amount must be positive.", "parameter_invalid_integer")
        ends = int(values["expires_at"])
        if not SHORTEST <= ends - self.now <= LONGEST:
            raise invalid("expires_at must be between 30 minutes and 24 hours from now.")
        for name in ("success_url", "mode"):
            if not values.get(name):
                raise invalid(f"Missing required param: {name}.", "parameter_missing")
        number = secrets.token_hex(8)
        amount, currency = unit * int(line["quantity"]), line["price_data"]["currency"]
        intent = {
            "id": f"pi_{number}",
            "object": "payment_intent",
            "amount": amount,
            "currency": currency,
            "status": "requires_payment_method",
            "metadata": values.get("payment_intent_data", {}).get("metadata", {}),
        }
        session = {
            "id": f"cs_test_{number}",
            "object": "checkout.session",
            "status": "open",
            "payment_status": "unpaid",
            "amount_total": amount,
            "currency": currency,
            "client_reference_id": values.get("client_reference_id"),
            "metadata": values.get("metadata", {}),
            "payment_intent": intent["id"],
            "expires_at": ends,
            "url": f"https://checkout.stripe.example/c/pay/cs_test_{number}",
        }
        self.intents[intent["id"]], self.sessions[session["id"]] = intent, session
        return session

    def _shown_session(self, session_id, values):
        session = dict(self._session(session_id))
        if "payment_intent" in values.get("expand", {}).values():
            session["payment_intent"] = self.intents[session["payment_intent"]]
        return session

    def _session(self, session_id):
        if session_id not in self.sessions:
            raise StripeError(404, "invalid_request_error", "No such session", "resource_missing")
        session = self.sessions[session_id]
        if session["status"] == "open" and session["expires_at"] <= self.now:
            session.update(status="expired", url=None)
        return session

    def _open_session(self, session_id):
        session = self._session(session_id)
        if session["status"] != "open":
            raise ValueError(f"The session is {session['status']}.")
        return session

    def _refund(self, values):
        intent = self.intents.get(values["payment_intent"])
        if intent is None or intent["status"] != "succeeded":
            raise invalid("This payment has no successful charge to refund.")
        amount = int(values["amount"])
        made = sum(
            each["amount"]
            for each in self.refunds.values()
            if each["payment_intent"] == intent["id"] and each["status"] != "failed"
        )
        if made + amount > intent["amount"]:
            raise invalid(
                "Refund amount is greater than the unrefunded amount.", "charge_already_refunded"
            )
        refund = {
            "id": f"re_{secrets.token_hex(8)}",
            "object": "refund",
            "payment_intent": intent["id"],
            "amount": amount,
            "currency": intent["currency"],
            "status": self.refund_status,
            "failure_reason": "expired_or_canceled_card"
            if self.refund_status == "failed"
            else None,
            "metadata": values.get("metadata", {}),
        }
        self.refunds[refund["id"]] = refund
        return refund


def nested(pairs):
    """Return {"a": {"b": "1"}} for a form with a[b]=1; items of a[] are counted from 0."""
    found = {}
    for name, value in pairs:
        *path, last = re.split(r"[\[\]]+", name.replace("[]", "[*]").rstrip("]"))
        place = found
        for part in path:
            place = place.setdefault(part, {})
        place[str(len(place)) if last == "*" else last] = value
    return found


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._serve(urlsplit(self.path).query)

    def do_POST(self):
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def _serve(self, form):
        books = self.server.books
        fault = books.faults.pop(0) if books.faults else ""
        if fault == "down":
            return self._send(500, {"error": {"type": "api_error", "message": "Down."}})
        if fault == "limit":
            return self._send(429, {"error": {"type": "rate_limit_error", "message": "Slowly."}})
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            return self._send(
                401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key."}}
            )
        try:
            body = books.answer(
                self.command,
                urlsplit(self.path).path,
                nested(parse_qsl(form)),
                self.headers.get("Idempotency-Key"),
            )
        except StripeError as error:
            return self._send(error.status, error.body)
        if fault == "lost":
            self.close_connection = True
            return self.connection.close()
        return self._send(200, body)

    def _send(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Stripe-Should-Retry", "false")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Say nothing of a client that has gone."""


@contextmanager
def stripe_server():
    """Yield (the URL of a running server, its Books)."""
    with QuietServer(("127.0.0.1", 0), Handler) as server:
        server.books = Books()
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", server.books
        finally:
            server.shutdown()
            thread.join()
