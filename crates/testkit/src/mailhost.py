"""A strict mail server for tests: python3 mailhost.py SETTINGS, where SETTINGS is a JSON object."""

import asyncio
import json
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

settings = json.loads(sys.argv[1])
folder = pathlib.Path(settings["folder"])
count = 0


def faults(content):
    """What RFC 5321 and RFC 5322 do not allow in a message."""
    if b"\n" in content.replace(b"\r\n", b"") or b"\r" in content.replace(b"\r\n", b""):
        yield "a bare CR or LF"
    if any(len(line) > 998 for line in content.split(b"\r\n")):
        yield "a line of more than 998 bytes"
    head = content.split(b"\r\n\r\n")[0]
    if any(byte > 126 for byte in head):
        yield "a header that is not ASCII"
    names = [line.split(b":")[0].lower() for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    for name in [b"from", b"to", b"date", b"message-id", b"subject"]:
        if names.count(name) != 1:
            yield f"{names.count(name)} headers {name.decode()}"


class Keep:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 There is no such mailbox"
        if address.startswith("later@"):
            return "451 4.7.1 Come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global count
        wrong = "; ".join(faults(envelope.original_content))
        if wrong:
            return f"554 5.6.0 The message has {wrong}"
        count += 1
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "text": envelope.original_content.decode("utf-8"),
            "user": session.auth_data.login.decode() if session.authenticated else None,
            "encrypted": server.transport.get_extra_info("sslcontext") is not None,
        }
        part = folder / f"{count:06}.part"
        part.write_text(json.dumps(mail))
        part.rename(folder / f"{count:06}.json")
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    right = settings["user"] == data.login.decode() and settings["password"] == data.password.decode()
    return AuthResult(success=right, auth_data=data, handled=False)


async def serve():
    tls = None
    if settings["way"] != "none":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(settings["certificate"], settings["key"])
    starttls = settings["way"] == "starttls"

    def connection():
        return SMTP(
            Keep(),
            hostname="mail.example.net",
            tls_context=tls if starttls else None,
            require_starttls=starttls,
            authenticator=authenticate,
            auth_required=settings["user"] is not None,
            auth_require_tls=starttls,
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(
        connection, "127.0.0.1", settings["port"], ssl=None if starttls else tls
    )
    await server.serve_forever()


asyncio.run(serve())
