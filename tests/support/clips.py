# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clips of all kinds, which the tests of the filter and of the element make with the stock ffmpeg."""
import pathlib
import shutil
import struct
import subprocess
import tempfile

STOCK_FFMPEG = "/usr/bin/ffmpeg"


def stock(*arguments, **options):
    return subprocess.run([STOCK_FFMPEG, "-hide_banner", "-nostdin", "-loglevel", "error", "-y", *map(str, arguments)], check=True,
                          stdin=subprocess.DEVNULL, **options)


PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=160x96:rate=25:duration=1")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=1")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "8", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac")
FRONT = ("-movflags", "+faststart")

# name: what makes it; "turned" is the clip "h264" with another display matrix: what is right of a point and what is below it there.
CLIPS = {
    "h264": (*PICTURE, *SOUND, *H264, *AAC, *FRONT),
    "h264, index at the end": (*PICTURE, *SOUND, *H264, *AAC),
    "h264, long": ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=8", *H264, *FRONT),
    "h264, long, in fragments": ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=8", *H264, "-movflags",
                                 "+frag_keyframe+empty_moov+default_base_moof"),
    "h264, no sound": (*PICTURE, *H264, *FRONT),
    "h264, in fragments": (*PICTURE, *SOUND, *H264, *AAC, "-movflags", "+frag_keyframe+empty_moov+default_base_moof"),
    "h264, in fragments with an index": (*PICTURE, *SOUND, *H264, *AAC, "-movflags", "+dash+global_sidx+frag_keyframe"),
    "hevc": (*PICTURE, *SOUND, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-tag:v", "hvc1",
             *AAC, *FRONT),
    "hevc, 10 bit, bt2020": (*PICTURE, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error",
                             "-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020", "-color_trc", "smpte2084",
                             "-colorspace", "bt2020nc", *FRONT),
    "vp9, opus": (*PICTURE, *SOUND, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus", *FRONT),
    "av1": (*PICTURE, *SOUND, "-c:v", "libsvtav1", "-preset", "12", *AAC, *FRONT),
    "29.97 frames a second": ("-f", "lavfi", "-i", "testsrc2=size=160x96:rate=30000/1001:duration=1", *SOUND, *H264, *AAC),
    "variable frame rate": ("-f", "lavfi", "-i", "testsrc2=size=160x96:rate=30:duration=1,select=not(between(n\\,10\\,14))*mod(n\\,7)",
                            *H264, "-fps_mode", "vfr", *FRONT),
    "oblong pixels, bt709": (*PICTURE, *H264, "-aspect", "4:3", "-colorspace", "bt709", "-color_primaries", "bt709",
                             "-color_trc", "bt709", "-color_range", "tv", *FRONT),
    "full range": (*PICTURE, "-vf", "scale=out_range=pc", *H264, "-pix_fmt", "yuvj420p", *FRONT),
    "mono at 22050 Hz": (*PICTURE, "-f", "lavfi", "-i", "sine=sample_rate=22050:duration=1", *H264, *AAC, *FRONT),
    "stereo": (*PICTURE, "-f", "lavfi", "-i", "sine=sample_rate=48000:duration=1", "-ac", "2", *H264, *AAC, *FRONT),
    "sound longer than picture": (*PICTURE, "-f", "lavfi", "-i", "sine=duration=1.5", *H264, *AAC, *FRONT),
    "sound that starts late": (*PICTURE, "-itsoffset", "0.3", *SOUND, *H264, *AAC, *FRONT),
    "one frame": ("-f", "lavfi", "-i", "testsrc2=size=160x96:rate=25:duration=0.04", *H264, *FRONT),
    "rotated by 90": ("turned", 0, 1, -1, 0),
    "rotated by 180": ("turned", -1, 0, 0, -1),
    "rotated by 270": ("turned", 0, -1, 1, 0),
    "rotated by 30": ("turned", 0.866, 0.5, -0.5, 0.866),
    "mirrored": ("turned", -1, 0, 0, 1),
    "upside down": ("turned", 1, 0, 0, -1),
    "rotated by 90, mirrored": ("turned", 0, 1, 1, 0),
    "rotated by 270, mirrored": ("turned", 0, -1, -1, 0),
    "sound alone": (*SOUND, *AAC),
}

# What else MP4 can hold.
MORE_CLIPS = {
    "h264, 10 bit": (*PICTURE, *H264, "-pix_fmt", "yuv420p10le", *FRONT),
    "h264, odd size": ("-f", "lavfi", "-i", "testsrc2=size=161x97:rate=25:duration=1", "-c:v", "libx264", "-preset", "ultrafast",
                       "-pix_fmt", "yuv444p", *FRONT),
    "vp9, 10 bit": (*PICTURE, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-pix_fmt", "yuv420p10le", *FRONT),
    "vp9, odd size": ("-f", "lavfi", "-i", "testsrc2=size=161x97:rate=25:duration=1", "-c:v", "libvpx-vp9", "-deadline", "realtime",
                      "-cpu-used", "8", "-pix_fmt", "yuv420p", *FRONT),
    "av1, 10 bit": (*PICTURE, "-c:v", "libsvtav1", "-preset", "12", "-pix_fmt", "yuv420p10le", *FRONT),
    "mpeg4": (*PICTURE, *SOUND, "-c:v", "mpeg4", "-bf", "2", *AAC, *FRONT),
    "mpeg4, odd size": ("-f", "lavfi", "-i", "testsrc2=size=161x97:rate=25:duration=1", "-c:v", "mpeg4", *FRONT),
    "edit list": ("-ss", "0.5", "-i", "h264", "-c", "copy"),
    "several audio tracks": (*PICTURE, *SOUND, "-f", "lavfi", "-i", "sine=frequency=880:sample_rate=44100:duration=1", "-map", "0:v",
                             "-map", "1:a", "-map", "2:a", *H264, *AAC, "-metadata:s:a:0", "language=eng", "-metadata:s:a:1",
                             "language=fra", *FRONT),
}



def turned(clip, matrix):
    """An MP4 with a display matrix for its first track, the video; ffmpeg itself writes but few, and in each version otherwise."""
    right_x, right_y, down_x, down_y = (round(number * 0x10000) for number in matrix)
    at = clip.index(b"tkhd") - 4 + 48  # of the matrix in a track header of version 0
    assert clip[at - 40] == 0
    return clip[:at] + struct.pack(">9i", right_x, right_y, 0, down_x, down_y, 0, 0, 0, 1 << 30) + clip[at + 36:]


class Clips:
    """Makes clips when they are asked for, in a directory of its own."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="airforce-clips-"))

    def __getitem__(self, name):
        path = self.directory / (name.replace(" ", "-").replace(",", "") + ".mp4")
        if not path.exists():
            how = {**CLIPS, **MORE_CLIPS}[name]
            if how[0] == "turned":
                path.write_bytes(turned(self["h264"].read_bytes(), how[1:]))
            else:
                # SVT-AV1 talks whatever the log level is
                stock(*(self[word] if word in CLIPS else word for word in how), path,
                      stderr=subprocess.DEVNULL if "av1" in name else None)
        return path

    def remove(self):
        shutil.rmtree(self.directory)
