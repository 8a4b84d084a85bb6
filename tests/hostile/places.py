# SPDX-License-Identifier: LGPL-2.1-or-later
"""URLs that a service may give, and ways to take time."""
import time

# Where result_url may not lead, when the API is on this machine. {port} is the service's own.
URLS = {
    "a private address": "http://10.0.0.1/x",
    "a private address of a home": "http://192.168.0.1:{port}/x",
    "a private address of a company": "http://172.16.5.5/x",
    "a shared address": "http://100.64.0.1/x",
    "the metadata of a cloud": "http://169.254.169.254/latest/meta-data/",
    "a private address as one number": "http://167772161/x",
    "a private address in octal": "http://012.0.0.1/x",
    "a private address in hexadecimal": "http://0x0a000001/x",
    "a private address in short": "http://10.1/x",
    "a mapped private address": "http://[::ffff:10.0.0.1]/x",
    "a mapped private address in hexadecimal": "http://[::ffff:a00:1]/x",
    "a translated private address": "http://[64:ff9b::a00:1]/x",
    "a unique local address": "http://[fd00::1]/x",
    "a link-local address": "http://[fe80::1]/x",
    "a link-local address with a zone": "http://[fe80::1%25lo]/x",
    "a multicast address": "http://224.0.0.1/x",
    "a reserved address": "http://240.0.0.1/x",
    "the broadcast address": "http://255.255.255.255/x",
    "a file": "file:///etc/passwd",
    "a file with a host": "file://localhost/etc/passwd",
    "data": "data:video/mp4;base64,AAAAGGZ0eXA=",
    "a script": "javascript:alert(1)",
    "FTP": "ftp://127.0.0.1:{port}/x",
    "gopher": "gopher://127.0.0.1:{port}/x",
    "our own scheme": "airforce://generate?model=wan-2.6&prompt=again&reuse=never",
    "a private host behind a user": "http://127.0.0.1:{port}@10.0.0.1/x",
    "a private host behind a user and a backslash": "http://127.0.0.1:{port}\\@10.0.0.1/x",
    "a port that is none": "http://127.0.0.1:99999/x",
    "port 0": "http://127.0.0.1:0/x",
    "no host": "http:///x",
    "a header in the path": "http://10.0.0.1/x\r\nX-Injected: 1",
    "a control character in the host": "http://10.0.0.1\x01/x",
    "a host of 100,000 characters": "http://" + "a" * 100_000 + "/x",
    "only a scheme": "http:",
    "space": "http://10.0.0. 1/x",
}


def endless_heads(handler):
    handler.endlessly(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n", b"X-Filler: x\r\n", 0.02)


def endless_body(handler):
    handler.endlessly(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"data\":[", b'{"id":"x"},', 0.02)


def endless_continue(handler):
    handler.endlessly(b"", b"HTTP/1.1 102 Processing\r\n\r\n", 0.02)


def dripped_body(handler):
    handler.endlessly(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n", b" ", 0.2)


def dripped_status_line(handler):
    handler.endlessly(b"H", b"T", 0.3)


def silent(handler):
    handler.silence()


def silent_body(handler):
    handler.raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    handler.silence()


def too_many_requests(handler):
    handler.json({"error": {"message": "slower"}}, 429, headers=[("Retry-After", "1")])


def redirect_to_itself(handler):
    handler.send(302, headers=[("Location", handler.path)])


def server_error(handler):
    handler.json({"error": {"message": "x"}}, 500)


# Answers that never come to an end, or not in time.
SLOW_ANSWERS = {
    "heads without an end": endless_heads,
    "a body without an end": endless_body,
    "102 without an end": endless_continue,
    "a body that drips": dripped_body,
    "a status line that drips": dripped_status_line,
    "silence": silent,
    "a body that stops": silent_body,
    "429 for ever": too_many_requests,
}


def endless_clip(head, piece, every=0.02):
    return lambda handler: handler.endlessly(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n" + head, piece, every)


def promised_clip(size, head):
    def clip(handler):
        handler.raw(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: %d\r\n\r\n" % size + head)
        handler.silence()
    return clip


def slow_clips(ftyp, free, mdat_head):
    """Clips that never open."""
    return {
        "free boxes without an end": endless_clip(ftyp, free * 50),
        "media data without an end": endless_clip(ftyp + mdat_head, bytes(4096)),
        "one byte, then silence": promised_clip(1000, ftyp[:1]),
        "an ftyp, then silence": promised_clip(1000, ftyp),
        "a promise of 2^62 bytes": promised_clip(1 << 62, ftyp),
        "a promise of 2^63 bytes": promised_clip(1 << 63, ftyp),
        "a promise of more than 2^64 bytes": promised_clip(1 << 70, ftyp),
        "heads without an end": endless_heads,
        "102 without an end": endless_continue,
        "silence": silent,
        "a redirect to itself": redirect_to_itself,
        "500 for ever": server_error,
        "429 for ever": too_many_requests,
    }


def wait_until(condition, seconds=30):
    """Returns when the condition holds, which is looked at often."""
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.005)
