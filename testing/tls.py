"""A certificate authority of a test, and PostgreSQL behind TLS.

The server of `testing/with_postgres.py` is built without TLS, and clients check it in any case: so
a small proxy does what a server with a certificate does.
"""

import contextlib
import datetime
import socket
import socketserver
import ssl
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SSL_REQUEST = bytes([0, 0, 0, 8, 4, 210, 22, 47])  # what libpq sends first
CHUNK = 65536


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(key):
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, plain)


class Authority:
    """Signs certificates; `file` is what clients name as `sslrootcert`."""

    def __init__(self, folder, name):
        self.folder, self.name = Path(folder), name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.file = self.folder / f"{name}.pem"
        self.file.write_bytes(self._sign(name, self.key.public_key(), is_authority=True))

    def certificate(self, host, *, days=1):
        """Return the file with a key and its certificate for a host name."""
        key = ec.generate_private_key(ec.SECP256R1())
        file = self.folder / f"{self.name}-{host}-{days}.pem"
        file.write_bytes(_pem(key) + self._sign(host, key.public_key(), days=days))
        return file

    def _sign(self, subject, public_key, *, is_authority=False, days=1):
        now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
        names = x509.SubjectAlternativeName([x509.DNSName(subject)])
        constraints = x509.BasicConstraints(ca=is_authority, path_length=None)
        certificate = (
            x509.CertificateBuilder(_name(self.name), _name(subject), public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 9 * day)
            .not_valid_after(now + days * day)
            .add_extension(constraints, critical=True)
            .add_extension(names, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM)


class _Connection(socketserver.BaseRequestHandler):
    def handle(self):
        if self.request.recv(len(SSL_REQUEST)) != SSL_REQUEST:
            return  # a client that wants no TLS
        if self.server.context is None:
            self.request.sendall(b"N")
            return
        self.request.sendall(b"S")
        with contextlib.suppress(OSError):  # of a client that does not trust the certificate
            client = self.server.context.wrap_socket(self.request, server_side=True)
            with client, self.server.connect() as server:
                back = threading.Thread(target=_copy, args=(server, client), daemon=True)
                back.start()
                _copy(client, server)
                back.join(5)


def _copy(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


class TlsProxy(socketserver.ThreadingTCPServer):
    """Takes TLS with this certificate on a port of 127.0.0.1, and passes on to a server.

    Without a certificate it answers as a server without TLS.
    """

    daemon_threads = True

    def __init__(self, certificate, *, host, port):
        super().__init__(("127.0.0.1", 0), _Connection)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if self.context:
            self.context.load_cert_chain(certificate)
        self.target = host, port
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def connect(self):
        host, port = self.target
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server

    def handle_error(self, request, client_address):
        pass  # a client that went away

    def __exit__(self, *error):
        self.shutdown()
        self.server_close()
