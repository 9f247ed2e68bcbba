"""A mail server for tests: aiosmtpd, which does what the file `answer` in its folder says, and writes down what it saw.

usage: mail_server.py FOLDER PORT USER PASSWORD

It takes mail from that user alone. With `cert.pem` and `key.pem` in the folder it offers STARTTLS and asks for it; without, it asks
for the password in the clear.
`answer` is read for each recipient: accept; refuse (550), policy (554 5.7.1), later (451); lose (takes the mail and hangs up
instead of saying so); hang-up (in the middle of the dialogue). `seen` has a line of JSON for each recipient and each password;
what was accepted is in `mails`, one file each, in order.
"""

import asyncio
import json
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

ANSWERS = {
    "refuse": "550 5.1.1 <{}>: no such user here",
    "policy": "554 5.7.1 <{}>: Relay access denied",
    "later": "451 4.7.1 <{}>: try again later",
}


class Handler:
    def __init__(self, folder):
        self.folder = folder
        self.mails = folder / "mails"
        self.mails.mkdir(exist_ok=True)

    def note(self, session, **what):
        line = json.dumps({"tls": session.ssl is not None, "authenticated": session.authenticated, **what})
        with (self.folder / "seen").open("a") as seen:
            seen.write(line + "\n")

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = (self.folder / "answer").read_text()
        self.note(session, recipient=address, sender=envelope.mail_from, hello=session.host_name, answer=answer)
        if answer in ANSWERS:
            return ANSWERS[answer].format(address)
        if answer == "hang-up":
            server.transport.abort()
            return "451 nobody hears this"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        name = f"{len(list(self.mails.iterdir())):04}"
        unfinished = self.folder / name
        unfinished.write_bytes(envelope.original_content)
        unfinished.rename(self.mails / f"{name}.eml")
        if (self.folder / "answer").read_text() == "lose":
            server.transport.abort()
        return f"250 2.0.0 taken as {name}"


def options(folder, handler, credentials):
    given = {"hostname": "mail.example.gov.tw"}
    if (folder / "cert.pem").exists():
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        given |= {"tls_context": context, "require_starttls": True}
    else:
        given |= {"auth_require_tls": False}
    expected = [word.encode() for word in credentials]

    def authenticator(server, session, envelope, mechanism, data):
        right = [data.login, data.password] == expected
        handler.note(session, login=data.login.decode(), right=right)
        return AuthResult(success=right, handled=False)

    return given | {"authenticator": authenticator, "auth_required": True}


async def main(folder, port, *credentials):
    folder = pathlib.Path(folder)
    handler = Handler(folder)
    given = options(folder, handler, credentials)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop, **given), "127.0.0.1", int(port))
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
