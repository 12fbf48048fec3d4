"""Which lines of an app arrive, and as what. As seen in the host 4.1037 with the worker 4.40 on
2026-11-30."""

from __future__ import annotations

import json

from tests.local.host.conftest import TIMER, AppMaker, Storage, queue_output, run_host, until

TICK = "def main(timer: func.TimerRequest) -> None:\n"


def test_lines_of_threads_without_a_run_and_lines_after_a_run_are_dropped_and_counted(
    make_app: AppMaker, storage: Storage
) -> None:
    code = (
        "import contextvars, logging, threading, time\n"
        "log = logging.getLogger('app')\n"
        "log.warning('while it is loaded')\n" + TICK + "    log.warning('its own')\n"
        "    bare = threading.Thread(target=log.warning, args=('of a bare thread',))\n"
        "    bare.start()\n"
        "    bare.join()\n"
        "    run = contextvars.copy_context().run\n"
        "    carried = threading.Thread(target=run, args=(log.warning, 'of a thread of the run'))\n"
        "    carried.start()\n"
        "    carried.join()\n"
        "    def later():\n"
        "        time.sleep(0.5)\n"
        "        log.warning('after the end')\n"
        "    late = contextvars.copy_context().run\n"
        "    threading.Thread(target=late, args=(later,)).start()\n"
    )
    with run_host(make_app({"Talk": ([TIMER], code)}), storage) as host:
        run = host.run_timer("Talk")
        until(lambda: len(host.hearing.dropped) == 3)
        arrived = [(log.message, log.invocation_id) for log in host.logs if log.is_user]
        lost = [log.message for log in host.hearing.dropped]
    assert arrived == [("its own", run.invocation_id), ("of a thread of the run", run.invocation_id)]
    assert lost == ["while it is loaded", "of a bare thread", "after the end"]


def test_a_line_s_category_names_the_function_and_its_logger_is_lost(
    make_app: AppMaker, storage: Storage
) -> None:
    code = (
        "import logging\n" + TICK + "    logging.getLogger('azure.core.pipeline').info('of a library')\n"
        "    logging.getLogger('app').info('own', extra={'lost': 'extra'})\n"
        "    logging.getLogger('azure.functions.app').error('taken for the system')\n"
    )
    host_json = {"logging": {"logLevel": {"default": "Information", "azure": "Warning"}}}
    with run_host(make_app({"Talk": ([TIMER], code)}, host=host_json), storage) as host:
        assert host.run_timer("Talk").ok
        said = [(log.category, log.message) for log in host.logs if log.is_user]
        assert not any("extra" in log.message for log in host.logs)
    # The filter named "azure" touches no logger of Python's; what is named like the library's own is no
    # line of the app.
    assert said == [("Function.Talk.User", "of a library"), ("Function.Talk.User", "own")]


def test_printed_lines_have_the_level_of_the_words_in_them(make_app: AppMaker, storage: Storage) -> None:
    code = TICK + "    print('all is well')\n    print('I warn you')\n    print('an Error came')\n"
    with run_host(make_app({"Talk": ([TIMER], code)}), storage) as host:
        assert host.run_timer("Talk").ok
        until(lambda: sum(log.category == "Host.Function.Console" for log in host.logs) == 3)
        printed = [log.level for log in host.logs if log.category == "Host.Function.Console"]
    assert printed == ["Information", "Warning", "Error"]


def test_a_record_of_several_lines_comes_once_more_by_the_console(
    make_app: AppMaker, storage: Storage
) -> None:
    code = (
        "import logging\n" + TICK + "    logging.getLogger('app').warning('one\\ntwo')\n"
        "    logging.getLogger('app').warning('of one line')\n"
    )
    with run_host(make_app({"Talk": ([TIMER], code)}), storage) as host:
        assert host.run_timer("Talk").ok
        until(lambda: sum(log.category == "Host.Function.Console" for log in host.logs) == 2)
        said = [log.message for log in host.logs if log.category == "Function.Talk.User"]
        printed = [log.message for log in host.logs if log.category == "Host.Function.Console"]
    assert (said, printed) == (["one\ntwo", "of one line"], ["one", "two"])


def test_a_line_gets_through_whole_up_to_32_768_characters(make_app: AppMaker, storage: Storage) -> None:
    code = "import logging\n" + TICK + "    logging.getLogger('app').info('x' * 40_000)\n"
    with run_host(make_app({"Talk": ([TIMER], code)}), storage) as host:
        assert host.run_timer("Talk").ok
        assert [len(log.message) for log in host.logs if log.is_user] == [32_768]


def test_each_run_of_a_timer_warns_of_a_container_unless_host_json_says_otherwise(
    make_app: AppMaker, storage: Storage
) -> None:
    app = make_app({"Tick": ([TIMER], TICK + "    pass\n")})
    with run_host(app, storage) as host:
        assert host.run_timer("Tick").ok and host.run_timer("Tick").ok
        warned = [log for log in host.logs if log.category == "Azure.Core"]
    assert [log.level for log in warned] == ["Warning"] * 2
    assert all("ContainerAlreadyExists" in log.message for log in warned)
    quiet = {"version": "2.0", "logging": {"logLevel": {"Azure.Core": "Error"}}}
    (app / "host.json").write_text(json.dumps(quiet))
    with run_host(app, storage) as host:
        assert host.run_timer("Tick").ok
        assert not any(log.category == "Azure.Core" for log in host.logs)


def test_each_message_sent_is_a_dependency_record_unless_host_json_says_otherwise(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    code = (
        "def main(timer: func.TimerRequest, out: func.Out[typing.List[str]]) -> None:\n"
        "    out.set(['a', 'b', 'c'])\n"
    )
    app = make_app({"Send": ([TIMER, queue_output(queue)], code)})
    with run_host(app, storage) as host:
        assert host.run_timer("Send").ok
        assert host.hearing.dependencies == 3
    untracked = {"version": "2.0", "logging": {"applicationInsights": {"enableDependencyTracking": False}}}
    (app / "host.json").write_text(json.dumps(untracked))
    with run_host(app, storage) as host:
        assert host.run_timer("Send").ok
        assert host.hearing.dependencies == 0
