# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a service may serve as a clip: files of other kinds, and MP4s whose boxes lie."""
import pathlib
import struct
import zlib


def box(kind, *content):
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body


def sized(size, kind, content=b""):
    """A box that claims this size, in 32 bits."""
    return struct.pack(">I", size & 0xffffffff) + kind + content


def long_sized(size, kind, content=b""):
    """A box that claims this size, in 64 bits."""
    return struct.pack(">I", 1) + kind + struct.pack(">Q", size) + content


def full(kind, *content):
    return box(kind, bytes(4), *content)


def number(value):
    return struct.pack(">I", value & 0xffffffff)


FTYP = box(b"ftyp", b"isom", number(512), b"isomiso2mp41")
SPACE = b" " * 3000

DASH = (b'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT3S"><Period><AdaptationSet '
        b'mimeType="video/mp4"><Representation id="1" bandwidth="1"><SegmentList><SegmentURL media="URL"/></SegmentList>'
        b'</Representation></AdaptationSet></Period></MPD>')
HLS = b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nURL\n#EXT-X-ENDLIST\n"
SDP = b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
SMIL = b'<smil><body><video src="URL"/></body></smil>'
REFERENCE = box(b"moov", box(b"rmra", box(b"rmda", full(b"rdrf", b"url ", number(4), b"URL\0"))))

# Kinds of files that demuxers and players recognise, and those that a service serves by mistake. URL becomes one that nobody may open.
POLYGLOTS = {
    "nothing": b"",
    "one byte": b"x",
    "white space": b" \n\t " * 20,
    "zeros": bytes(5000),
    "JSON": b'{"error":{"message":"not found","type":"not_found"}}',
    "JSON list": b'[{"error":"x"}]',
    "HTML": b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
    "HTML behind a byte order mark": b"\xef\xbb\xbf\n<html></html>",
    "XML": b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    "DASH": b'<?xml version="1.0"?>' + DASH,
    "DASH in MP4's clothes": b"<!--free-->" + DASH + SPACE,
    "DASH with ftyp": b"<!--ftyp-->" + DASH + SPACE,
    "HLS": HLS,
    "HLS with free": b"#EXTfree" + HLS + SPACE,
    "SDP": SDP,
    "SDP with free": b"v=0\nfree=x\n" + SDP[4:] + SPACE,
    "SMIL": SMIL,
    "SMIL with moov": b"<!--moov-->" + SMIL + SPACE,
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="URL"/></svg>',
    "SVG with free": b'<!--free--><svg xmlns="http://www.w3.org/2000/svg"><image href="URL"/></svg>' + SPACE,
    "playlist": b"[playlist]\nFile1=URL\nNumberOfEntries=1\n",
    "GIF": b"GIF89a\1\0\1\0\x80\0\0" + bytes(20),
    "GIF with free": b"GIF8free" + SPACE,
    "PNG": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(30),
    "JPEG": b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(30),
    "WebP": b"RIFF\x20\0\0\0WEBPVP8 " + bytes(30),
    "AVIF": box(b"ftyp", b"avif", number(0), b"avifmif1") + full(b"meta") + box(b"mdat", bytes(30)),
    "Ogg": b"OggS\0\2" + bytes(40),
    "MPEG-TS": (b"G\x40\0\x10" + bytes(184)) * 20,
    "MPEG-TS with free": (b"G\x40\0\x10free" + bytes(180)) * 20,
    "MPEG-PS": b"\0\0\1\xba" + bytes(100),
    "EBML": b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska" + bytes(60),
    "AVI": b"RIFF\x20\0\0\0AVI LIST" + bytes(30),
    "FLV": b"FLV\1\5\0\0\0\t" + bytes(30),
    "ASF": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(60),
    "raw AAC": b"\xff\xf1\x50\x80\x02\x1f\xfc" * 50,
    "MP3": b"ID3\4\0\0\0\0\0\0\xff\xfb\x90\0" + bytes(400),
    "WAV": b"RIFF\x24\0\0\0WAVEfmt " + bytes(40),
    "FLAC": b"fLaC\0\0\0\x22" + bytes(40),
    "raw H.264": b"\0\0\0\1\x67\x42\0\x0a" + bytes(60),
    "Y4M": b"YUV4MPEG2 W2 H2 F25:1\nFRAME\n" + bytes(6),
    "zip": b"PK\3\4\x14\0\0\0" + bytes(60),
    "zip with free": b"PK\3\4free" + bytes(60),
    "gzip": b"\x1f\x8b\x08\0" + bytes(40),
    "program for Windows": b"MZ\x90\0\3\0\0\0" + bytes(60),
    "program for Windows with free": b"MZ\x90\0free" + bytes(60),
    "program": b"\x7fELF\2\1\1\0" + bytes(60),
    "script": b"#!/bin/sh\ntouch /tmp/x\n",
    "script with free": b"#!/bfree\ntouch /tmp/x\n" + SPACE,
    "PDF": b"%PDF-1.7\n" + bytes(60),
    "tar": b"x".ljust(257, b"\0") + b"ustar\0" + bytes(300),
    "concat script": b"ffconcat version 1.0\nfile 'URL'\n",
    "concat script with free": b"ffcofreeat version 1.0\nfile 'URL'\n" + SPACE,
    "FFmetadata": b";FFMETADATA1\ntitle=x\n",
    "subtitles": b"1\n00:00:00,000 --> 00:00:05,000\nx\n",
    "QuickTime reference movie": FTYP + REFERENCE,
    "QuickTime reference movie without ftyp": REFERENCE,
    "QuickTime reference movie behind free": box(b"free", bytes(100)) + REFERENCE,
    "HEIC": box(b"ftyp", b"heic", number(0), b"heicmif1") + full(b"meta", box(b"hdlr", bytes(25))) + box(b"mdat", bytes(30)),
    "JPEG XL": box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl ", number(0), b"jxl ") + box(b"jxlc", bytes(30)),
    "JPEG 2000": box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 ", number(0), b"jp2 ") + box(b"jp2h", bytes(30)),
    "page that leads elsewhere": b'<html><meta http-equiv="refresh" content="0;url=URL"></html>',
    "XSPF": b'<?xml version="1.0"?><playlist xmlns="http://xspf.org/ns/0/"><trackList><track><location>URL</location></track>'
            b'</trackList></playlist>',
    "ASX": b'<asx version="3.0"><entry><ref href="URL"/></entry></asx>',
    "RAM": b"URL\n",
    "TTML": b'<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml"><body/></tt>',
    "WebVTT": b"WEBVTT\n\n00:00.000 --> 00:05.000\nx\n",
    "WebM": b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(60),
    "MXF": bytes.fromhex("060e2b34020501010d01020101020400") + bytes(60),
    "AIFF": b"FORM\0\0\0\x20AIFFCOMM" + bytes(30),
    "MIDI": b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk" + bytes(20),
    "RealMedia": b".RMF\0\0\0\x12" + bytes(40),
    "IVF": b"DKIF\0\0 \0AV01" + bytes(40),
    "ISO-BMFF fragments without moov": box(b"styp", b"msdh", number(0)) + box(b"moof", full(b"mfhd", number(1))) + box(b"mdat", bytes(9)),
    "Flash": b"CWS\x0a" + bytes(60),
    "xz": b"\xfd7zXZ\0" + bytes(60),
    "7z": b"7z\xbc\xaf\x27\x1c" + bytes(60),
    "Java": b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(60),
    "WebAssembly": b"\0asm\1\0\0\0" + bytes(60),
    "RTSPtext": b"RTSPtext\nrtsp://127.0.0.1:1/x\n",
    "RTSP redirect in MOV's clothes": box(b"ftyp", b"qt  ", number(0), b"qt  ") + box(b"moov", box(b"rmra")),
}


def table(kind, entries, *content):
    return full(kind, number(entries), *content)


def sample_sizes(count, *content):
    return full(b"stsz", number(0), number(count), *content)


def track(*tables):
    return box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", *tables))))


def movie(*content):
    return FTYP + box(b"moov", *content) + box(b"mdat", bytes(64))


def nested(depth):
    inner = b""
    for _ in range(depth):
        inner = box(b"trak", inner)
    return inner


TRAK = track(sample_sizes(1, number(4)), table(b"stco", 1, number(40)))
MDAT = box(b"mdat", bytes(64))

# MP4s that no demuxer may get.
REFUSED_BOXES = {
    "ftyp alone": FTYP,
    "ftyp and mdat": FTYP + MDAT,
    "ftyp and the beginning of a header": FTYP + b"\0\0\0",
    "a moov of only its header": FTYP + box(b"moov") + MDAT,
    "a moov without tracks": FTYP + box(b"moov", full(b"mvhd", bytes(96))) + MDAT,
    "a moov of size 2^31": FTYP + sized(1 << 31, b"moov", TRAK) + MDAT,
    "a moov of size 2^32-1": FTYP + sized(0xffffffff, b"moov", TRAK) + MDAT,
    "a moov of size 2^63": FTYP + long_sized(1 << 63, b"moov", TRAK) + MDAT,
    "a moov of size 2^64-1": FTYP + long_sized((1 << 64) - 1, b"moov", TRAK) + MDAT,
    "a moov of size 7": FTYP + sized(7, b"moov", TRAK) + MDAT,
    "a moov of size 1 and 64 bits of 15": FTYP + long_sized(15, b"moov", TRAK) + MDAT,
    "a moov of size 1 at the end of the file": FTYP + sized(1, b"moov"),
    "an ftyp of size 0": sized(0, b"ftyp", b"isom") + box(b"moov", TRAK),
    "an ftyp of size 1 that is cut": sized(1, b"ftyp", b"isom"),
    "an ftyp of size 2^31": sized(1 << 31, b"ftyp", b"isom") + box(b"moov", TRAK),
    "an ftyp of size 2^63-1": long_sized((1 << 63) - 1, b"ftyp") + box(b"moov", TRAK),
    "an ftyp of size 2^64-1": long_sized((1 << 64) - 1, b"ftyp") + box(b"moov", TRAK),
    "an mdat of size 0 before moov": FTYP + sized(0, b"mdat", bytes(64)) + box(b"moov", TRAK),
    "an mdat of size 2^63 before moov": FTYP + long_sized(1 << 63, b"mdat") + box(b"moov", TRAK),
    "an mdat of size 2^64-1 before moov": FTYP + long_sized((1 << 64) - 1, b"mdat") + box(b"moov", TRAK),
    "mdats that lead round in a circle": FTYP + long_sized((1 << 64) - len(FTYP), b"mdat") + box(b"moov", TRAK),
    "a free of size 1 and 64 bits of 0": FTYP + long_sized(0, b"free") + box(b"moov", TRAK),
    "a type that is no text": FTYP + box(b"\0\1\2\3", bytes(20)) + box(b"moov", TRAK),
    "20,000 boxes before moov": FTYP + box(b"free") * 20000 + box(b"moov", TRAK) + MDAT,
    "20,000 boxes in moov": movie(TRAK, box(b"free") * 20000),
    "20,000 tracks": movie(TRAK * 20000),
    "boxes that are nested 20 deep": movie(nested(20)),
    "boxes that are nested 5,000 deep": movie(nested(5000)),
    "2^32-1 samples": movie(track(sample_sizes(0xffffffff))),
    "2^31 samples of one size": movie(track(full(b"stsz", number(100), number(1 << 31)))),
    "2^32-1 samples in stz2": movie(track(full(b"stz2", number(8), number(0xffffffff)))),
    "many samples in many tracks": movie(track(full(b"stsz", number(1), number(100000))) * 100),
    "a compressed index": movie(box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", bytes(40)))),
    "a moov of 33 MiB": FTYP + box(b"moov", TRAK, box(b"free", bytes(33 << 20))),
    "rmra in a moov with tracks": movie(TRAK, box(b"rmra", box(b"rmda"))),
    "2^32-1 chunks": movie(track(sample_sizes(1, number(4)), table(b"stco", 0xffffffff, number(40)))),
    "2^31 chunks of 64 bits": movie(track(sample_sizes(1, number(4)), table(b"co64", 1 << 31, bytes(8)))),
    "2^32-1 times": movie(track(sample_sizes(1, number(4)), table(b"stts", 0xffffffff, number(1), number(1)))),
    "2^32-1 composition offsets": movie(track(sample_sizes(1, number(4)), table(b"ctts", 0xffffffff, number(1), number(1)))),
    "2^32-1 chunk descriptions": movie(track(sample_sizes(1, number(4)), table(b"stsc", 0xffffffff, number(1), number(1), number(1)))),
    "2^32-1 samples in a chunk of raw sound": movie(track(sample_sizes(1, number(4)), table(b"stco", 4, bytes(16)), table(
        b"stsc", 1, number(1), number(0xffffffff), number(1)), table(b"stts", 1, number(1), number(1)))),
    "100 tracks": movie(TRAK * 100),
    "text as the size of the first box": b"free" * 100 + box(b"moov", TRAK),
}

# MP4s that may be delivered; a demuxer may refuse them, but ends.
ALLOWED_BOXES = {
    "2^32-1 edits": movie(box(b"trak", box(b"edts", table(b"elst", 0xffffffff, bytes(12))), TRAK[8:])),
    "one time for 2^32-1 samples": movie(track(sample_sizes(1, number(4)), table(b"stts", 1, number(0xffffffff), number(0xffffffff)))),
    "an index far beyond the file": movie(track(sample_sizes(1, number(4)), table(b"co64", 1, struct.pack(">Q", 1 << 62)))),
    "samples of 4 GB": movie(track(sample_sizes(2, number(0xffffffff) * 2), table(b"stco", 1, number(40)))),
    "moov at the end": FTYP + MDAT + box(b"moov", TRAK),
    "moov twice": FTYP + box(b"moov", TRAK) * 2 + MDAT,
    "a moov of size 0": FTYP + sized(0, b"moov", TRAK),
    "a moov whose size has 64 bits": FTYP + long_sized(16 + len(TRAK), b"moov", TRAK) + MDAT,
    "a track whose size is 2^31": FTYP + box(b"moov", TRAK, sized(1 << 31, b"trak")) + MDAT,
    "a zip behind": movie(TRAK) + b"PK\5\6" + bytes(18),
    "external data": movie(box(b"trak", box(b"mdia", box(b"minf", box(b"dinf", full(b"dref", number(1), box(
        b"url ", bytes(4), b"URL\0")))), box(b"minf", box(b"stbl", sample_sizes(1, number(4))))))),
    "a user data box of text": movie(TRAK, box(b"udta", box(b"\xa9nam", b"\x1b]0;x\x07\xe2\x80\xae" * 10))),
    "no media data": FTYP + box(b"moov", TRAK),
}


def cut_at_each_box():
    """An honest file that ends after each number of bytes at which a box begins or a header is half there."""
    whole = FTYP + box(b"free", bytes(12)) + box(b"moov", TRAK)
    ends = {len(FTYP) + 20, len(FTYP) + 24, len(FTYP) + 28, len(FTYP) + 36, len(FTYP) + 44, len(FTYP) + 60, len(whole) - 1,
            4, 8, 12, len(FTYP) - 1, len(FTYP), len(FTYP) + 4, len(FTYP) + 8}
    return {f"cut after {end} bytes": whole[:end] for end in sorted(ends)}


REFUSED_BOXES.update(cut_at_each_box())

# A clip that plays: a third of a second, with its index behind the media.
CLIP = (pathlib.Path(__file__).parent / "../fuzz/corpus/element/clip-index-behind").read_bytes()[1:]

# The same with its index in front.
FAST_CLIP = (pathlib.Path(__file__).parent / "../fuzz/corpus/element/clip-raw").read_bytes()[1:]


def patched(kind, offset, *numbers):
    """That clip with other numbers at a distance from a box's type."""
    at = FAST_CLIP.index(kind) + offset
    return FAST_CLIP[:at] + b"".join(map(number, numbers)) + FAST_CLIP[at + 4 * len(numbers):]


def behind_index(clip, *boxes):
    """That clip with boxes between its index and its media data."""
    at = clip.index(b"mdat") - 4
    return clip[:at] + b"".join(boxes) + clip[at:]


def compressed(content):
    return box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", number(len(content)), zlib.compress(content, 9)))


MANY = 80_000_000
HUGE_TRACK = track(full(b"stsz", number(1), number(MANY)), table(b"stco", 1, number(40)), table(
    b"stsc", 1, number(1), number(MANY), number(1)), table(b"stts", 1, number(MANY), number(1)))
BOMB = compressed(box(b"udta", box(b"free", bytes(1 << 28))))


def fragment(samples):
    return box(b"moof", full(b"mfhd", number(1)), box(b"traf", full(b"tfhd", number(1)), full(b"trun", number(samples))))


# What a demuxer looks into behind the index.
REFUSED_BEHIND = {
    "a fragment of 80 million samples": behind_index(FAST_CLIP, fragment(MANY)),
    "a fragment of 80 million samples at the end": FAST_CLIP + fragment(MANY),
    "fragments of many samples": behind_index(FAST_CLIP, fragment(2_000_000) * 100),
    "a track outside of the index": behind_index(FAST_CLIP, HUGE_TRACK),
    "a compressed index outside of the index": behind_index(FAST_CLIP, BOMB),
    "2^31 items of a picture": behind_index(FAST_CLIP, full(b"meta", box(b"hdlr", bytes(25)), box(
        b"iinf", b"\1\0\0\0", number(0x7ffffff0), bytes(8)))),
}

# And before it, or deep in it.
REFUSED_BOXES.update({
    **REFUSED_BEHIND,
    "a track before the index": FTYP + HUGE_TRACK + FAST_CLIP,
    "a track that is cut by the index's end": movie(TRAK, sized(1 << 31, b"trak", HUGE_TRACK[8:])),
    "a track of size 0": movie(TRAK, sized(0, b"trak", HUGE_TRACK[8:])),
    "a compressed index in user data": movie(TRAK, box(b"udta", BOMB)),
    "a compressed index in metadata": movie(TRAK, full(b"meta", box(b"hdlr", bytes(25)), BOMB)),
    "a compressed index in a sample's description": movie(TRAK, track(table(b"stsd", 1, box(b"avc1", bytes(78), BOMB)))),
    "an index in free space": FTYP + box(b"free", full(b"mvhd", bytes(96)), HUGE_TRACK) + FAST_CLIP,
})

ALLOWED_BOXES.update({
    "a second index of 80 million samples": FAST_CLIP + box(b"moov", HUGE_TRACK),
    "free space behind": FAST_CLIP + box(b"free", bytes(1000)),
    "a table of fragments": FAST_CLIP + box(b"mfra", full(b"tfra", number(1), number(0), number(0)), full(b"mfro", number(48))),
    "a box that nobody knows behind": FAST_CLIP + box(b"junk", HUGE_TRACK),
    "frames of ages": patched(b"stts", 16, 0x7fffffff),
    "a second as the unit of time": patched(b"mdhd", 16, 1),
    "a unit of time of 0": patched(b"mdhd", 16, 0),
    "an unlimited duration": patched(b"mdhd", 16, 1000, 0xffffffff),
    "frames of 65,535 pixels": patched(b"tkhd", 80, 0xffff0000, 0xffff0000),
    "a clip without media data": FAST_CLIP[:FAST_CLIP.index(b"mdat") - 4],
})


def tagged(text):
    """That clip with a text as its title, artist and comment."""
    data = box(b"data", struct.pack(">II", 1, 0) + text.encode(errors="replace"))
    handler = box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    ilst = box(b"ilst", *(box(name, data) for name in (b"\xa9nam", b"\xa9ART", b"\xa9cmt")))
    udta = box(b"udta", box(b"meta", bytes(4), handler, ilst))
    moov = CLIP.index(b"moov") - 4
    # The first one counts: in place of what it has.
    return CLIP[:moov] + box(b"moov", CLIP[moov + 8:].replace(b"udta", b"free"), udta)
