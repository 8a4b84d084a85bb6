# SPDX-License-Identifier: LGPL-2.1-or-later
"""Applications that use the libraries: they open airforce://, are interrupted in time, log on their own thread, and get everything back."""
import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import unittest

from support import DROP_IN, MODEL, SECONDS, FilterTest, Simulator, main, skip_all

PYTHON = "/usr/bin/python3"  # Debian's, which has its modules
URL = f"airforce://generate?model={MODEL}&prompt=fox"
FILM = f"airforce://film?model={MODEL}&storyboard=A%0AB"
# 0.05 holds on an idle machine.
INTERRUPT_SECONDS = float(os.environ.get("AIRFORCE_INTERRUPT_SECONDS", "0.5"))
# What is waited for, and how the simulator makes that long.
WAITS = {
    "the store's lock": (),
    "the models": ("--fault=models:stall",),
    "the answer to the create": ("--fault=create:stall",),
    "the task": ("--task-seconds=20",),
    "the task, polled": ("--task-seconds=20", "--fault=stream:status=404", "--fault=poll:stall"),
    "the first byte": ("--fault=download:stall",),
}
TIMES_OUT = '''
import av, sys, time
begun = time.monotonic()
try: av.open(sys.argv[1], timeout=1)
except av.error.FFmpegError as error: print(type(error).__name__, time.monotonic() - begun)'''
OPENS = int(os.environ.get("AIRFORCE_OPENS", "100"))
# What a process holds, and a loop's figures once it is warm.
HELD = '''
import os
def held():
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return len(os.listdir("/proc/self/fd")), int(status["Threads"]), int(status["VmRSS"].split()[0])
'''

# libavformat by its public functions, in a process of its own. interrupted([when]) is a callback that says yes from that moment on, and
# notes when it did so first.
AVIO = '''
import ctypes, glob, os, sys, threading, time
avformat = ctypes.CDLL(glob.glob(sys.argv[1] + "/libavformat.so.*")[0])
avutil = ctypes.CDLL(None)
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
class Interrupt(ctypes.Structure):
    _fields_ = [("callback", CALLBACK), ("opaque", ctypes.c_void_p)]
avformat.avio_read.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
avformat.avio_size.argtypes = [ctypes.c_void_p]
avformat.avio_size.restype = ctypes.c_int64
said = []
def interrupted(begin):
    def ask(_):
        now = time.monotonic()
        if now < begin[0]: return 0
        said.append(now)
        return 1
    said.clear()
    callback = CALLBACK(ask)
    return Interrupt(callback, None), callback
def avio_open(url, interrupt=None):
    context = ctypes.c_void_p()
    ret = avformat.avio_open2(ctypes.byref(context), url.encode(), 1, ctypes.byref(interrupt) if interrupt else None, None)
    return ret, context
def avio_close(context):
    avformat.avio_closep(ctypes.byref(context))
def read_all(context):
    buffer, count = ctypes.create_string_buffer(65536), 0
    while (n := avformat.avio_read(context, buffer, 65536)) > 0: count += n
    return count, n
'''


@contextlib.contextmanager
def locked_store(simulator):
    """Another program has the store's lock."""
    simulator.play("-i", f"{URL}&seed=1", "-f", "null", "-")
    store = sqlite3.connect(simulator.env["AIRFORCE_STORE"], isolation_level=None)
    store.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        store.execute("ROLLBACK")
        store.close()


def has_module(name):
    return subprocess.run([PYTHON, "-c", f"import {name}"], stderr=subprocess.DEVNULL, check=False).returncode == 0


class Library(FilterTest):
    def python(self, simulator, program, *arguments, **variables):
        """Runs a program with the drop-in; what it prints."""
        done = subprocess.run([PYTHON, "-c", program, *map(str, arguments)], env={**simulator.env, **variables}, cwd=simulator.directory,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=max(SECONDS, OPENS), check=False)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        return done.stdout.split()

    def avio(self, simulator, program, *arguments):
        return self.python(simulator, AVIO + program, DROP_IN, URL, *arguments)

    def test_an_interrupt_callback_ends_every_wait_for_the_clip(self):
        for what, options in WAITS.items():
            with self.subTest(what), Simulator(*options, clip=self.clips["h264"]) as simulator:
                with locked_store(simulator) if what == "the store's lock" else contextlib.nullcontext():
                    ret, late = self.avio(simulator, '''
interrupt, keep = interrupted([time.monotonic() + 1])
ret, context = avio_open(sys.argv[2], interrupt)
print(ret == -int.from_bytes(b"EXIT", "little"), time.monotonic() - said[0])''')
                self.assertEqual("True", ret)
                self.assertLess(float(late), INTERRUPT_SECONDS)

    @unittest.skipUnless(has_module("av"), "python3-av is not installed")
    def test_an_interrupt_callback_ends_every_wait_for_a_film(self):
        for what, options in WAITS.items():
            with self.subTest(what), Simulator(*options, clip=self.clips["h264"]) as simulator:
                with locked_store(simulator) if what == "the store's lock" else contextlib.nullcontext():
                    error, seconds = self.python(simulator, TIMES_OUT, FILM)
                self.assertEqual("ExitError", error)
                self.assertLess(float(seconds), 1 + INTERRUPT_SECONDS)

    def test_an_interrupt_callback_ends_the_wait_for_a_byte_and_reading_can_continue(self):
        clip = self.clips["h264, long"]
        with Simulator(f"--bandwidth={clip.stat().st_size // 3}", clip=clip) as simulator:
            late, size = self.avio(simulator, '''
begin = [1e9]
interrupt, keep = interrupted(begin)
ret, context = avio_open(sys.argv[2], interrupt)
assert ret == 0
begin[0] = time.monotonic() + 0.5
count, n = read_all(context)
print(time.monotonic() - said[0])
avio_close(context)
ret, context = avio_open(sys.argv[2])
print(read_all(context)[0])''')
            self.assertLess(float(late), INTERRUPT_SECONDS)
            self.assertEqual(clip.stat().st_size, int(size))
            self.assertEqual(1, simulator.creates())

    def test_messages_are_logged_on_the_thread_that_called(self):
        clip = self.clips["h264, long"]
        with Simulator(f"--bandwidth={clip.stat().st_size // 2}", clip=clip, task_seconds=1) as simulator:
            threads, messages = self.avio(simulator, '''
threads = []
LOG = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
log = LOG(lambda *_: threads.append(threading.get_native_id()))
util = ctypes.CDLL([line.split()[-1] for line in open("/proc/self/maps") if "/libavutil.so" in line][0])
util.av_log_set_callback(log)
ret, context = avio_open(sys.argv[2])
read_all(context)
avio_close(context)
print(len(set(threads) | {threading.get_native_id()}), len(threads))''')
            self.assertEqual("1", threads)
            self.assertGreater(int(messages), 3)

    def assert_nothing_is_kept(self, what, grown, threads_allowed=1):
        """`grown`: descriptors, threads and kB that the process has more after OPENS than after the first tenth of them."""
        descriptors, threads, kilobytes = map(int, grown)
        if OPENS >= 1000:
            print(f"{what}, {OPENS} times: {descriptors:+} descriptors, {threads:+} threads, {kilobytes:+} kB ...", file=sys.stderr)
        self.assertLessEqual(descriptors, 2)
        self.assertLessEqual(threads, threads_allowed)
        self.assertLess(kilobytes, 4096 + OPENS)

    def test_opens_that_are_read_left_or_failed_keep_nothing(self):
        with Simulator("--fault=create:status=402,times=1", clip=self.clips["h264"]) as simulator:
            grown = self.avio(simulator, HELD + '''
assert avio_open(sys.argv[2])[0] < 0
for i in range(int(sys.argv[3])):
    ret, context = avio_open(sys.argv[2] if i % 4 else sys.argv[2].replace("wan", "no"))
    assert (ret == 0) == (i % 4 > 0)
    if i % 4 == 1: read_all(context)
    if i % 4 == 2: avformat.avio_read(context, ctypes.create_string_buffer(10), 10)
    if ret == 0: avio_close(context)
    if i == int(sys.argv[3]) // 10: first = held()
print(*(b - a for a, b in zip(first, held())))''', OPENS)
            self.assert_nothing_is_kept("the protocol", grown)
            self.assertEqual(1, simulator.creates())

    def test_films_that_are_closed_keep_nothing(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            grown = self.python(simulator, AVIO + HELD + '''
avformat.av_read_frame.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
codec = ctypes.CDLL([line.split()[-1] for line in open("/proc/self/maps") if "/libavcodec.so" in line][0])
codec.av_packet_alloc.restype = ctypes.c_void_p
codec.av_packet_unref.argtypes = [ctypes.c_void_p]
packet = codec.av_packet_alloc()
for i in range(int(sys.argv[3])):
    film = ctypes.c_void_p()
    assert avformat.avformat_open_input(ctypes.byref(film), sys.argv[2].encode(), None, None) == 0
    while i % 2 and avformat.av_read_frame(film, packet) == 0: codec.av_packet_unref(packet)
    avformat.avformat_close_input(ctypes.byref(film))
    if i == int(sys.argv[3]) // 10: first = held()
print(*(b - a for a, b in zip(first, held())))''', DROP_IN, FILM, OPENS)
            self.assert_nothing_is_kept("films", grown)
            self.assertEqual(2, simulator.creates())

    @unittest.skipUnless(has_module("av"), "python3-av is not installed")
    def test_graphs_that_are_freed_keep_nothing(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            grown = self.python(simulator, HELD + '''
import av, gc, sys, time
for i in range(int(sys.argv[2])):
    graph = av.filter.Graph()
    source, sink = graph.add("airforcevideosrc", sys.argv[1]), graph.add("buffersink")
    source.link_to(sink)
    graph.configure()
    if i % 2: sink.pull()
    del source, sink, graph
    gc.collect()
    if i == int(sys.argv[2]) // 10:
        time.sleep(0.5)  # a decoder that logs ends once this interpreter has released its lock
        first = held()
time.sleep(0.5)
print(*(b - a for a, b in zip(first, held())))''', f"model={MODEL}:prompt=fox", OPENS)
            self.assert_nothing_is_kept("graphs", grown, threads_allowed=4)
            self.assertEqual(1, simulator.creates())

    def test_a_failure_is_not_remembered(self):
        with Simulator("--fault=create:status=402,times=1", clip=self.clips["h264"]) as simulator:
            first, second = self.avio(simulator, '''
for _ in range(2):
    ret, context = avio_open(sys.argv[2])
    print(ret == 0)''')
            self.assertEqual(("False", "True"), (first, second))
            self.assertEqual(1, simulator.creates())

    @unittest.skipUnless(has_module("av"), "python3-av is not installed")
    def test_pyav_decodes_seeks_and_times_out(self):
        with Simulator(clip=self.clips["h264, long"]) as simulator:
            program = '''
import av, sys
with av.open(sys.argv[1]) as clip:
    print(clip.duration, clip.metadata["prompt"], sum(1 for _ in clip.decode(video=0)))
with av.open(sys.argv[1]) as clip:
    clip.seek(5 * 1000000)
    print(round(next(clip.decode(video=0)).time, 1))'''
            duration, prompt, count, at = self.python(simulator, program, URL)
            self.assertEqual(("8000000", "fox", "200"), (duration, prompt, count))
            self.assertTrue(4.5 <= float(at) <= 5)
            self.assertEqual(1, simulator.creates())
        with Simulator(task_seconds=30) as simulator:
            error, seconds = self.python(simulator, TIMES_OUT, URL)
            self.assertEqual("ExitError", error)
            self.assertLess(float(seconds), 2)

    @unittest.skipUnless(has_module("av"), "python3-av is not installed")
    def test_a_graph_is_configured_by_a_caller_that_holds_the_lock_of_its_log(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            self.assertEqual(["configured"], self.python(simulator, '''
import av, faulthandler, sys
faulthandler.dump_traceback_later(30, exit=True)
graph = av.filter.Graph()
source, sink = graph.add("airforcevideosrc", sys.argv[1]), graph.add("buffersink")
source.link_to(sink)
graph.configure()
print("configured")''', f"model={MODEL}:prompt=fox"))

    @unittest.skipUnless(has_module("av"), "python3-av is not installed")
    def test_pyav_decodes_and_seeks_in_a_film(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            count, at = self.python(simulator, '''
import av, sys
with av.open(sys.argv[1], options={"max_cost_cents": "400"}) as film:
    print(sum(1 for _ in film.decode(video=0)))
    film.seek(1500000)
    print(round(next(film.decode(video=0)).time, 2))''', FILM)
            self.assertEqual(50, int(count))
            self.assertTrue(1 <= float(at) <= 1.5)
            self.assertEqual(2, simulator.creates())

    @unittest.skipUnless(has_module("cv2"), "python3-opencv is not installed")
    def test_opencv_reads_every_frame(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            count, width, size = self.python(simulator, '''
import cv2, sys
clip, count = cv2.VideoCapture(sys.argv[1], cv2.CAP_FFMPEG), 0
while (read := clip.read())[0]:
    count, width = count + 1, read[1].shape[1]
print(count, width, int(clip.get(cv2.CAP_PROP_FRAME_COUNT)))''', URL)
            self.assertEqual(("25", "160", "25"), (count, width, size))
            self.assertEqual(1, simulator.creates())


class Players(FilterTest):
    def shown(self, *player, shots=1, **variables):
        with Simulator(clip=self.clips["h264"]) as simulator:
            done = subprocess.run(player, env={**simulator.env, **variables}, cwd=simulator.directory, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False)
            self.assertEqual(0, done.returncode, done.stdout)
            self.assertEqual(shots, simulator.creates(), done.stdout)
            return done.stdout

    @unittest.skipUnless(shutil.which("ffplay"), "ffplay is not installed")
    def test_ffplay_plays_it(self):
        self.shown("ffplay", "-hide_banner", "-autoexit", "-ss", "0.3", URL, SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy")

    @unittest.skipUnless(shutil.which("mpv") and shutil.which("ffplay"), "mpv and ffplay are not installed")
    def test_players_play_a_film(self):
        self.shown("ffplay", "-hide_banner", "-autoexit", FILM, shots=2, SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy")
        said = self.shown("mpv", "--no-config", "--vo=null", "--ao=null", f"avdevice://airforce:{FILM}", shots=2)
        self.assertIn("VO: [null] 160x96 yuv420p", said)
        self.assertIn("End of file", said)

    @unittest.skipUnless(shutil.which("mpv"), "mpv is not installed")
    def test_mpv_plays_and_seeks_in_it(self):
        said = self.shown("mpv", "--no-config", "--vo=null", "--ao=null", "--start=0.5", f"lavf://{URL}")
        self.assertIn("VO: [null] 160x96 yuv420p", said)
        self.assertIn("AO: [null]", said)
        self.assertIn("End of file", said)

    @unittest.skipUnless(shutil.which("mpv"), "mpv is not installed")
    def test_mpv_quits_while_the_clip_is_made(self):
        with Simulator(clip=self.clips["h264"], task_seconds=30) as simulator:
            started = time.monotonic()
            process = subprocess.Popen(["mpv", "--no-config", "--vo=null", "--ao=null", "--idle=no", "--input-ipc-server=mpv.sock",
                                        f"lavf://{URL}"], env=simulator.env, cwd=simulator.directory, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while not simulator.creates():
                self.assertLess(time.monotonic() - started, SECONDS)
                time.sleep(0.05)
            started = time.monotonic()
            process.terminate()
            process.wait(SECONDS)
            self.assertLess(time.monotonic() - started, 5)


if __name__ == "__main__":
    if "FFMPEG" in os.environ:
        skip_all("the applications are those of the system")
    main()
