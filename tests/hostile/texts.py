# SPDX-License-Identifier: LGPL-2.1-or-later
"""Texts of a service that mean harm where they are shown, and spellings of a key that it echoes."""
import base64
import html
import urllib.parse

from service import KEY

TEXTS = {
    "a colour": "A\x1b[31mB",
    "a title": "A\x1b]0;owned\x07B",
    "a clipboard": "A\x1b]52;c;aWQ=\x07B",
    "a link": "A\x1b]8;;http://127.0.0.1:1/\x1b\\B\x1b]8;;\x1b\\",
    "a cleared screen": "A\x1b[2J\x1b[HB",
    "a report that is asked for": "A\x1b[6nB\x1b[cC",
    "a device control string": "A\x1bP+q544e\x1b\\B",
    "C1 as characters": "A\u009b31mB\u009d0;x\u009cC\u0085D",
    "a carriage return": "A\rnothing was charged",
    "line breaks": "A\nINJECTED\r\nINJECTED",
    "backspaces": "A\b\b\bB\x7fC",
    "a bell and a form feed": "A\aB\fC\vD",
    "a line separator": "A\u2028INJECTED\u2029INJECTED",
    "an override": "A\u202egpj.exe\u202cB",
    "isolates": "A\u2066B\u2067C\u2068D\u2069",
    "marks of direction": "A\u200eB\u200fC\u061cD",
    "zero width": "A\u200bB\u200cC\u200dD\u2060E\ufeffF",
    "tags": "A" + "".join(chr(0xE0000 + ord(letter)) for letter in "ignore") + "B",
    "variation selectors": "A\ufe00B\ufe0eC\U000e0100D",
    "fillers": "A\u3164B\u115fC\u1160D\uffa0E\u2800F",
    "soft hyphens": "A\u00adB\u034fC\u180eD",
    "annotations": "A\ufff9B\ufffaC\ufffbD",
    "a NUL": "A\0B",
    "a lone surrogate": "A\ud800B",
    "shell words": "A'; touch owned; '\"$(touch owned)`touch owned`&|B",
    "format characters": "A%s%n%x{task_id}{0}$1B",
    "markup": "A<script>alert(1)</script><b>B",
    "a long text": "A" + "x" * 100_000,
    "many lines": "A" + "\nx" * 5000,
    "combining marks": "A" + "\u0301" * 2000,
}

# Ids of tasks that stay usable, and must be quoted where a command is suggested.
ODD_IDS = {
    "a space": "vid 1",
    "a quote": "vid'1",
    "a double quote": 'vid"1',
    "a semicolon": "vid;touch owned",
    "a substitution": "vid$(touch owned)",
    "backticks": "vid`touch owned`",
    "an option": "-rf",
    "a pipe": "vid|sh",
    "a star": "vid*",
    "a percent sign": "vid%2fx",
    "a question mark": "vid?x=1",
    "a hash": "vid#x",
    "a backslash": "vid\\x",
    "an escape": "vid\x1b[31m",
    "C1": "vid\u009b31m",
    "an override": "vid\u202etxt",
    "zero width": "vid\u200b1",
    "tags": "vid\U000e0041",
    "a line break": "vid\nINJECTED",
    "255 bytes": "v" * 255,
}

# Ids that can be no segment of a path, or no file's name.
BAD_IDS = {
    "nothing": "",
    "a dot": ".",
    "two dots": "..",
    "a path": "../../etc/passwd",
    "a slash": "a/b",
    "an absolute path": "/v1/models",
    "a NUL": "vid\0x",
    "256 bytes": "v" * 256,
    "256 bytes of few characters": "\u00e9" * 128,
    "a megabyte": "v" * (1 << 20),
    "no UTF-8": "vid\ud800",
}


def spellings(key=KEY):
    """How an echo may spell the key. What decodes to it in one step, or reads as it without what nobody sees, gives it away."""
    percent = "".join(f"%{byte:02X}" for byte in key.encode())

    def base64_of(text):
        return base64.b64encode(text.encode()).decode()

    return {
        "whole": key,
        "behind Bearer": f"Bearer {key}",
        "in quotes": f"'{key}'",
        "twice": f"{key} {key}",
        "within a word": f"x{key}y",
        "with a percent-encoded first character": percent[:3] + key[1:],
        "percent-encoded": percent,
        "percent-encoded in lower case": percent.lower(),
        "with percent-encoded hyphens": key.replace("-", "%2D"),
        "with a space in the middle": f"{key[:12]} {key[12:]}",
        "with spaces between all": " ".join(key),
        "with a line break in the middle": f"{key[:12]}\n{key[12:]}",
        "with a tab in the middle": f"{key[:12]}\t{key[12:]}",
        "with zero width between all": "\u200b".join(key),
        "with a soft hyphen in the middle": f"{key[:12]}\u00ad{key[12:]}",
        "with an escape sequence's start in the middle": f"{key[:12]}\x1b{key[12:]}",
        "with a NUL in the middle": f"{key[:12]}\0{key[12:]}",
        "with tags in the middle": f"{key[:12]}\U000e0041{key[12:]}",
        "with fillers in the middle": f"{key[:9]}\u3164\u2800\u034f\u115f{key[9:]}",
        "with variation selectors between all": "\ufe0e\ufe0f".join(key),
        "with many of zero width in the middle": key[:12] + "\u200b" * 200 + key[12:],
        "with references of HTML": "".join(f"&#{ord(character)};" for character in key),
        "with references of HTML in hexadecimal": "".join(f"&#x{ord(character):x};" for character in key),
        "with escapes of JSON": "".join(f"\\u{ord(character):04x}" for character in key),
        "at the end of what is cut": "x" * 285 + key,
        "as Basic of a password": "Basic " + base64_of(":" + key),
        "as Basic of a name": "Basic " + base64_of(key + ":"),
        "as Basic of a name and a password": "Basic " + base64_of("me:" + key),
        "as base64": base64_of(key),
        "as base64 of a header": base64_of(f"Authorization: Bearer {key}\r\n"),
        "as base64 of JSON": base64_of(f'{{"key": "{key}"}}'),
        "as base64 for URLs": base64_of(key + "\u00ff\u00fe>").replace("+", "-").replace("/", "_").rstrip("="),
        "as base64 in two lines": base64_of(key)[:20] + "\n" + base64_of(key)[20:],
        "as base64 that is percent-encoded": urllib.parse.quote(base64_of(key + "\u00ff\u00fe>"), safe=""),
        "in two words of base64": base64_of("x" + key)[:21] + " " + base64_of("x" + key)[21:],
    }


def base64_pieces(key):
    """What the base64 of any text with the key in it has, by where in the text the key is."""
    for before, first in ((0, 0), (1, 2), (2, 3)):
        text = b" " * before + key.encode()
        piece = base64.b64encode(text).decode()[first:len(text) * 8 // 6]
        yield piece
        yield piece.replace("+", "-").replace("/", "_")


UNSEEN = "\u034f\u115f\u1160\u3164\uffa0\u2800\ufe00\ufe0e\ufe0f"  # printable to Python


def gives_away(text, key=KEY):
    """Whether a reader gets the key from a text: as it is, decoded, or by leaving out what nobody sees."""
    for form in (text, urllib.parse.unquote(text), html.unescape(text), "".join(text.split())):
        form = "".join(character for character in form if character.isprintable() and not character.isspace()
                       and character not in UNSEEN)
        if key in form or any(piece in form for piece in base64_pieces(key)):
            return True
    return False
