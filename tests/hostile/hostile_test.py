# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a hostile service can say, against every front end, by table. AIRFORCE_HOSTILE=full: all pairs, and strict times."""
import os
import re
import subprocess
import threading

import bodies
import front_ends
import places
import texts
from front_ends import bad_characters
from service import CAPS, KEY, Case, Service
from support import FULL, GRACE, HostileCase, main, share


class HostileTest(HostileCase):
    # -- clips

    def body(self, content):
        return content.replace(b"URL", f"{self.service.url}/elsewhere/x".encode())

    @staticmethod
    def wrong_refusal(outcome, name):
        """What is wrong with how a front end refused a clip."""
        if outcome.ok:
            return "was taken"
        if "not a playable MP4" not in outcome.text:
            return f"says {outcome.text[-400:]!r}"
        if (outcome.charge or "charged") != "charged" or not re.search(r"charge|paid", outcome.text):
            return f"does not say what was charged: {outcome.text[-400:]!r}"
        if any(kept.startswith("clip") and kept != "clip.bin" for kept in outcome.kept):
            return f"left {outcome.kept}"
        if outcome.seconds > 30 + GRACE:
            return f"took {outcome.seconds:.1f} s ({name})"
        return outcome.megabytes > 300 and f"took {outcome.megabytes:.0f} MB"

    def refuse(self, table):
        rows = []

        def by_c_api(content):
            outcome = self.fetch(self.case(body=self.body(content)))
            return self.wrong_refusal(outcome, "C API") or (outcome.kind != "clip" and f"is of kind {outcome.kind}")

        def by_program(run, content, name):
            directory = self.place()
            outcome = run(directory, self.env(directory), self.case(body=self.body(content)).id, 30)
            # Behind the protocol a demuxer of FFmpeg's takes a failed read behind the index for the end of the file.
            if run is front_ends.ffmpeg_protocol and content in bodies.REFUSED_BEHIND.values():
                outcome.ok = False
            return self.wrong_refusal(outcome, name)

        for name, content in table.items():
            rows.append((f"{name}, C API", lambda content=content: by_c_api(content)))
        for number, (front_end, run) in enumerate(self.programs.items()):
            for name, content in share(table.items(), number, len(self.programs)):
                rows.append((f"{name}, {front_end}",
                             lambda run=run, content=content, front_end=front_end: by_program(run, content, front_end)))
        self.hold(rows)
        self.assertEqual([path for _, path, _ in self.service.requests if "/elsewhere/" in path], [])

    def test_a_file_of_another_kind_is_no_clip(self):
        self.refuse(bodies.POLYGLOTS)

    def test_boxes_that_lie_are_refused(self):
        self.refuse(bodies.REFUSED_BOXES)

    def test_an_odd_mp4_ends_in_time_and_bounded_memory(self):
        def by_c_api(content):
            outcome = self.fetch(self.case(body=self.body(content)))
            return None if outcome.ok else outcome.text

        def by_program(run, content):
            directory = self.place()
            outcome = run(directory, self.env(directory), self.case(body=self.body(content)).id, 30)
            if outcome.seconds > 45 + GRACE:
                return f"took {outcome.seconds:.1f} s: {outcome.text[-300:]}"
            if bad_characters(outcome.text):
                return f"prints {bad_characters(outcome.text)}"
            # Behind the protocol a demuxer of FFmpeg's speaks.
            if not outcome.ok and run is not front_ends.ffmpeg_protocol and not re.search("charge|paid", outcome.text):
                return f"does not say what was charged: {outcome.text[-300:]!r}"
            if outcome.charge == "none" or "/proc/self" in outcome.text:
                return f"says {outcome.text[-300:]!r}"
            return outcome.megabytes > 600 and f"took {outcome.megabytes:.0f} MB"

        rows = [(f"{name}, C API", lambda content=content: by_c_api(content)) for name, content in bodies.ALLOWED_BOXES.items()]
        demuxing = {name: run for name, run in self.programs.items() if not name.startswith("cli")}
        for number, (front_end, run) in enumerate(demuxing.items()):
            for name, content in share(bodies.ALLOWED_BOXES.items(), number, len(demuxing)):
                rows.append((f"{name}, {front_end}", lambda run=run, content=content: by_program(run, content)))
        self.hold(rows)
        self.assertEqual([path for _, path, _ in self.service.requests if "/elsewhere/" in path], [])

    def test_a_clip_whose_end_is_missing_ends_in_time(self):
        def row(run, size):
            directory = self.place()
            outcome = run(directory, self.env(directory), self.case(body=bodies.FAST_CLIP[:size]).id, 20)
            if "did not end within" in outcome.text:
                return outcome.text[-200:]
            return not outcome.ok and not re.search("charge|paid", outcome.text) and f"says {outcome.text[-300:]!r}"

        size = len(bodies.FAST_CLIP)
        self.hold([(f"{cut} of {size} bytes, {front_end}", lambda run=run, cut=cut: row(run, cut))
                   for front_end, run in self.programs.items() for cut in ((size // 2, size - 1) if FULL else (size // 2,))])

    # -- text

    def shown(self, outcome):
        """All that a C API's user shows."""
        return "\n".join([outcome.text, *outcome.events])

    # What a service says in each place, by a text. All of them show it, but markup in JSON.
    FIELDS = {
        "the message of an error": lambda text: {"task": {"status": "failed", "error": {"type": "x", "message": text}}},
        "the type of an error": lambda text: {"task": {"status": "failed", "error": {"type": text, "message": "x"}}},
        "an error that is a string": lambda text: {"task": {"status": "failed", "error": text}},
        "the model": lambda text: {"task": {"status": "failed", "model": text, "error": "x"}},
        "a status that nobody knows": lambda text: {"task": {"status": text, "progress": 5, "result_url": ...}},
        "an answer of 400": lambda text: {"poll": lambda handler: handler.json({"error": {"message": text, "code": "x"}}, 400)},
        "the code of an answer of 400": lambda text: {
            "poll": lambda handler: handler.json({"error": {"message": "x", "code": text}}, 400)},
        "an answer of 403 without JSON": lambda text: {
            "poll": lambda handler: handler.send(403, text.encode(errors="replace"), "text/plain")},
        "the title of a page": lambda text: {"poll": lambda handler: handler.send(
            403, f"<html><title>{text}</title>".encode(errors="replace"), "text/html")},
        "the text of a page": lambda text: {"poll": lambda handler: handler.send(
            403, f"<html><p>{text}</p>".encode(errors="replace"), "text/html")},
        "the reason of a clip's answer": lambda text: {"clip": lambda handler: handler.raw(
            f"HTTP/1.1 403 {re.sub('[^ -~]', '', text)[:2000]}\r\nContent-Length: 0\r\n\r\n".encode())},
        "a request's id": lambda text: {"poll": lambda handler: handler.json({"error": {"message": "x", "request_id": text}}, 400)},
    }
    # Where markup is left out as a whole, and what stands behind a cut is not seen.
    TAKES_MARKUP = ("the model", "a status that nobody knows", "an answer of 403 without JSON", "the title of a page",
                    "the text of a page")

    def test_no_text_of_the_service_draws_hides_or_breaks_lines(self):
        def row(name, text, field):
            outcome = self.fetch(self.case(**self.FIELDS[field]("arrived " + text)), timeout=2 if "nobody" in field else 20)
            shown = self.shown(outcome)
            if outcome.ok:
                return "was taken"
            if ("arrived" in shown) != (name != "markup" or field in self.TAKES_MARKUP):
                return f"shows {shown[:300]!r}"
            if bad_characters(shown) or re.search("^INJECTED", shown, re.MULTILINE):
                return f"shows {bad_characters(shown)}: {shown[:300]!r}"
            if len(outcome.text) > 20_000:
                return f"shows {len(shown)} characters"
            return re.search("<script", outcome.text) and "shows markup"

        self.hold([(f"{name} in {field}", lambda name=name, text=text, field=field: row(name, text, field))
                   for name, text in texts.TEXTS.items() for field in self.FIELDS])

    # Commands that show a task, with what their users must find of it.
    COMMANDS = {
        ("status", "ID"): ("status!", "model!", "prompt!", "error!"),
        ("status", "--json", "ID"): ("status!", "model!", "prompt!", "error!"),
        ("list",): ("status!", "model!"),
        ("list", "--json"): ("status!", "model!", "prompt!", "error!"),
        ("models",): ("model!",),
        ("models", "--json"): ("model!",),
    }

    def test_no_program_prints_what_draws_or_hides(self):
        def row(run, text):
            directory = self.place()
            case = self.case(task={"status": "failed", "model": text, "error": {"type": text, "message": "because " + text}})
            outcome = run(directory, self.env(directory), case.id, 20)
            # Markup is no reason that anyone could read.
            if outcome.ok or ("because" not in outcome.text and "<script" not in text):
                return f"says {outcome.text[-1500:]!r}"
            return bad_characters(outcome.text) and f"prints {bad_characters(outcome.text)}: {outcome.text[-300:]!r}"

        def of_cli(arguments, text):
            directory = self.place()
            case = self.case(task={"status": "status! " + text, "model": "model! " + text, "prompt": "prompt! " + text,
                                   "error": "error! " + text})
            self.service.tasks = lambda handler: handler.json({"data": [handler.task(case)] * 3})
            self.service.models = lambda handler: handler.json({"data": [
                {"id": "model! " + text, "output_modalities": ["video"], "video_caps": {**CAPS, "qualities": [text]}}]})
            outcome = front_ends.program([front_ends.CLI, *(case.id if word == "ID" else word for word in arguments)], directory,
                                         self.env(directory))
            self.service.tasks = self.service.models = None
            front_ends.of_json(outcome)
            lost = [mark for mark in self.COMMANDS[arguments] if mark not in outcome.text]
            if lost and not ("<script" in text and lost == ["error!"]):
                return f"does not show {lost}: {outcome.text[:600]!r}"
            return bad_characters(outcome.text) and f"prints {bad_characters(outcome.text)}: {outcome.text[-300:]!r}"

        rows = []
        for number, (front_end, run) in enumerate(self.programs.items()):
            for name, text in share(texts.TEXTS.items(), number, len(self.programs)):
                rows.append((f"{name}, {front_end}", lambda run=run, text=text: row(run, text)))
        self.hold(rows)
        rows = []
        for number, arguments in enumerate(self.COMMANDS):
            for name, text in share(texts.TEXTS.items(), number, len(self.COMMANDS)):
                rows.append((f"{name}, {' '.join(arguments)}", lambda arguments=arguments, text=text: of_cli(arguments, text)))
        self.hold(rows, 1)

    def test_the_tags_of_a_clip_neither_draw_nor_hide(self):
        if "element" not in self.programs:
            self.skipTest("no gst-launch-1.0")

        def row(text, output):
            directory = self.place()
            outcome = front_ends.program(
                ["gst-launch-1.0", "--tags", "airforcevideosrc", f"task-id={self.case(body=bodies.tagged('title! ' + text)).id}", *output,
                 "!", "fakesink"], directory, self.env(directory))
            if not outcome.ok or "title!" not in outcome.text:
                return f"says {outcome.text[-300:]!r}"
            return bad_characters(outcome.text) and f"prints {bad_characters(outcome.text)}: {outcome.text[-300:]!r}"

        rows = [(f"{name}, {' '.join(output) or 'raw'}", lambda text=text, output=output: row(text, output))
                for name, text in texts.TEXTS.items() for output in ((), ("output=encoded",))]
        self.hold(rows if FULL else rows[::4])

    def test_a_prompt_from_a_pipe_is_read_once(self):
        def row(run):
            directory = self.place()
            directory.mkdir()
            os.mkfifo(directory / "pipe")
            prompt = f"pipe {self.number()}"
            self.service.cases[prompt] = self.case(body=bodies.CLIP)
            threading.Thread(target=lambda: (directory / "pipe").write_text(prompt)).start()
            outcome = run(directory)
            return not outcome.ok and f"says {outcome.text[-300:]!r}"

        rows = {"cli": lambda directory: front_ends.program(
            [front_ends.CLI, "generate", "--model=wan-2.6", "--prompt-file=pipe", "--output=x.mp4"], directory, self.env(directory))}
        if "element" in self.programs:
            rows["element"] = lambda directory: front_ends.program(
                ["gst-launch-1.0", "-q", "airforcevideosrc", "model=wan-2.6", "prompt-file=pipe", "!", "fakesink"], directory,
                self.env(directory))
        if "filter" in self.programs:
            rows["filter"] = lambda directory: front_ends.ffmpeg(
                directory, self.env(directory), "-f", "lavfi", "-i", "airforcevideosrc=model=wan-2.6:prompt_file=pipe", "-f", "null", "-")
        self.hold([(name, lambda run=run: row(run)) for name, run in rows.items()])

    def test_an_odd_id_is_quoted_for_the_shell_and_shown_without_what_hides(self):
        def wrong(outcome, task_id):
            shown = self.shown(outcome)
            if bad_characters(shown) or re.search("^INJECTED", shown, re.MULTILINE):
                return f"shows {bad_characters(shown)}: {shown[-300:]!r}"
            suggested = re.search(r"airforce-video download (\$?'(?:[^'\\]|\\.)*'(?:\\''(?:[^'])*')*|\S+?)(?=[,.;)]|\s|$)", outcome.text)
            if not suggested:
                return f"suggests no command: {outcome.text[-300:]!r}"
            words = subprocess.run(["bash", "-c", "printf %s " + suggested[1]], stdout=subprocess.PIPE, check=False).stdout.decode()
            return words != task_id and f"suggests {suggested[0]!r}, which is {words!r}"

        def attached(task_id):
            return wrong(self.fetch(self.service.add(Case(task_id, body=b"no clip"))), task_id)

        def bought(task_id):
            return wrong(self.buy(f"odd {self.number()}", self.service.add(Case(task_id, body=b"no clip"))), task_id)

        self.hold([*((f"{name}, attached", lambda task_id=task_id: attached(task_id)) for name, task_id in texts.ODD_IDS.items()),
                   *((f"{name}, bought", lambda task_id=task_id: bought(task_id)) for name, task_id in texts.ODD_IDS.items())])

    def test_an_id_that_can_be_no_name_is_refused_when_it_comes(self):
        def row(task_id):
            outcome = self.buy(f"bad {self.number()}", Case(task_id), timeout=3)
            if outcome.ok or outcome.kind not in ("unknown-create", "protocol"):
                return f"ends as {outcome.kind}: {outcome.text[:300]!r}"
            return (bad_characters(outcome.text) or len(outcome.text) > 3000) and f"shows {outcome.text[:300]!r}"

        self.hold([(name, lambda task_id=task_id: row(task_id)) for name, task_id in texts.BAD_IDS.items()])

    # -- the key

    def test_the_key_is_never_shown_however_it_is_echoed(self):
        def header(name):
            return lambda text: {"poll": lambda handler: handler.json({"error": {"message": "x"}}, 400, headers=[
                (name, re.sub(r"[^ -~]", "", text))])}

        def event(text):
            return {"task": {"status": "running", "progress": 5, "result_url": ...},
                    "stream": lambda handler: handler.raw(
                        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: state\ndata: " +
                        front_ends.json.dumps({"task_id": "x", "status": "failed", "error": text}).encode() + b"\n\n")}

        where = {name: self.FIELDS[name] for name in self.FIELDS if name not in ("the model", "a status that nobody knows")}
        where.update({
            "the header of a request's id": header("X-Request-ID"),
            "a reason phrase": lambda text: {"poll": lambda handler: handler.raw(
                f"HTTP/1.1 400 {re.sub('[^ -~]', '', text)}\r\nContent-Length: 0\r\n\r\n".encode())},
            "the path of a URL": lambda text: {"task": {"result_url": f"http://10.0.0.1/{text}/x.mp4"}},
            "the host of a URL": lambda text: {"task": {"result_url": f"http://{text}.invalid/x.mp4"}},
            "the query of a URL": lambda text: {"task": {"result_url": f"http://10.0.0.1/x.mp4?key={text}"}},
            "an event": event,
        })

        def wrong(shown):
            return texts.gives_away(shown) and f"shows {shown[:400]!r}"

        def row(field, text):
            return wrong(self.shown(self.fetch(self.case(**where[field](text)), timeout=3 if field == "an event" else 20)))

        def by_program(run, field, text):
            directory = self.place()
            outcome = run(directory, self.env(directory), self.case(**where[field](text)).id, 3)
            return "did not end within" in outcome.text or wrong(outcome.text)

        spellings = texts.spellings().items()
        self.hold([(f"{name} in {field}", lambda field=field, text=text: row(field, text))
                   for name, text in spellings for field in where
                   if FULL or field != "an event" or name in ("whole", "percent-encoded", "as Basic of a password")])
        everything = [(field, name, text) for field in where for name, text in spellings]
        rows = []
        for number, (front_end, run) in enumerate(self.programs.items()):
            # All fields and all spellings, if not each with each.
            part = everything[number::3] if FULL else everything[number * 7::len(everything) // 12 + 1]
            rows += [(f"{name} in {field}, {front_end}", lambda run=run, field=field, text=text: by_program(run, field, text))
                     for field, name, text in part]
        self.hold(rows)
        self.assertTrue(all(KEY not in path for _, path, _ in self.service.requests))

    # -- URLs

    def test_a_url_leads_to_no_private_place_and_no_other_scheme(self):
        creates = self.service.creates

        def directly(url):
            return self.wrong_url(self.fetch(self.case(task={"result_url": url}), timeout=10))

        def redirected(url):
            location = re.sub(r"[\r\n\0]", "", url).encode("latin-1", "replace")
            return self.wrong_url(self.fetch(self.case(clip=lambda handler: handler.raw(
                b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")), timeout=10))

        urls = {name: url.replace("{port}", str(self.service.server_address[1])) for name, url in places.URLS.items()}
        self.hold([*((f"{name}, given", lambda url=url: directly(url)) for name, url in urls.items()),
                   *((f"{name}, redirected", lambda url=url: redirected(url)) for name, url in urls.items())])
        self.assertEqual([path for _, path, _ in self.service.requests if path.startswith("/x")], [])
        self.assertEqual(self.service.creates, creates)

    @staticmethod
    def wrong_url(outcome):
        if outcome.ok:
            return "was fetched"
        if outcome.kind == "internal" or bad_characters(outcome.text) or len(outcome.text) > 3000:
            return f"says {outcome.text[:300]!r}"
        return outcome.seconds > 10 + GRACE and f"took {outcome.seconds:.1f} s"

    # -- time

    def test_the_timeout_holds_wherever_an_answer_does_not_come(self):
        limit = 2
        services = threading.local()

        def with_service(change, run):
            """In a service of its own: what it lists or offers concerns all of its tasks."""
            services.own = Service()
            with services.own as own:
                change(own)
                return run(own)

        def wrong(outcome, times=1):
            if outcome.ok:
                return "was taken"
            return outcome.seconds > times * limit + GRACE and f"took {outcome.seconds:.1f} s"

        def buy(own, prompt, times=1):
            return wrong(self.c_api.run(prompt=prompt, model="wan-2.6", base_url=own.url, timeout=limit, poll_interval=0.1,
                                        store=self.directory / f"{self.number()}.sqlite"), times)

        def models(answer):
            # The timeout counts from when the slot is granted: what comes before has as long for itself.
            return with_service(lambda own: setattr(own, "models", answer), lambda own: buy(own, "x", 2))

        def create(answer):
            return with_service(lambda own: own.cases.update(x=Case("vid_1", create=answer)), lambda own: buy(own, "x"))

        def listed(answer):
            def change(own):
                own.tasks = answer
                own.cases["x"] = Case("vid_1", create=lambda handler: handler.send(502))
            return with_service(change, lambda own: buy(own, "x"))

        def poll(answer):
            return wrong(self.fetch(self.case(poll=answer), timeout=limit))

        def stream(answer):
            return wrong(self.fetch(self.case(task={"status": "running", "progress": 1, "result_url": ...}, stream=answer),
                                    timeout=limit))

        rows = [(f"{name}, {where.__name__}", lambda answer=answer, where=where: where(answer))
                for where in (models, create, listed, poll, stream) for name, answer in places.SLOW_ANSWERS.items()]
        clips = places.slow_clips(bodies.FTYP, bodies.box(b"free"), bodies.sized(0x7fffffff, b"mdat"))
        rows += [(f"{name}, C API", lambda clip=clip: wrong(self.fetch(self.case(clip=clip), timeout=limit)))
                 for name, clip in clips.items()]

        def by_program(run, clip):
            directory = self.place()
            outcome = run(directory, self.env(directory), self.case(clip=clip).id, limit)
            if outcome.ok:
                return "was taken"
            return outcome.seconds > limit + 3 + GRACE and f"took {outcome.seconds:.1f} s: {outcome.text[-300:]}"

        for number, (front_end, run) in enumerate(self.programs.items()):
            for name, clip in share(clips.items(), number, len(self.programs)):
                rows.append((f"{name}, {front_end}", lambda run=run, clip=clip: by_program(run, clip)))
        self.hold(rows, 16)


if __name__ == "__main__":
    main()
