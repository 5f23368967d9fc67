"""Orders and cancellations in an open loop over the sample network, with and without the wave
planner in turns. What it tells apart from other benchmarks is that its network plans waves."""

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time

# Every node; waves of the size that a floor of a thousand orders a second needs.
TEMPLATES = """fallback_age = "4h"
fallback_lead = "1m"
[[template]]
name = "express"
services = ["express"]
[template.trigger]
orders_max = 500
age = "1m"
interval = "5s"
[template.wave]
units_min = 500
units_max = 4000
orders_max = 1000
[[template]]
name = "rest"
[template.trigger]
orders_max = 3000
age = "2m"
interval = "10s"
[template.wave]
units_min = 4000
units_max = 12000
orders_max = 3000
"""


def run(binary, network, options, planned, seed):
    """One run; the load's report and the planner's figures."""
    scratch = tempfile.mkdtemp(prefix="millrace-bench.", dir=options.scratch)
    port_file = f"{scratch}/port"
    orders = options.order_rate * options.seconds
    server = None
    try:
        with open(f"{scratch}/log", "w", encoding="utf-8") as log:
            server = subprocess.Popen(
                [binary, "serve", "--network", network, "--journal", f"{scratch}/journal",
                 "--listen", "127.0.0.1:0", "--port-file", port_file, "--log-format", "json",
                 "--waves-budget", f"{options.budget_ms}ms", f"--plan-waves={planned}".lower(),
                 "--orders-max", str(max(orders, 1 << 20)), "--slices-max",
                 str(max(6 * orders, 1 << 22))], stderr=log)
        while not os.path.exists(port_file):
            if server.poll() is not None:
                raise SystemExit("bench: the server did not start")
            time.sleep(0.01)
        with open(port_file, encoding="ascii") as port:
            address = f"127.0.0.1:{int(port.read())}"
        done = subprocess.run(
            [binary, "load", "--connect", address, "--network", network, "--rate",
             str(options.order_rate), "--seconds", str(options.seconds), "--cancels",
             str(options.cancels), "--frame", str(options.frame), "--seed", str(seed), "--distinct",
             "200000", "--quiet", "--json"], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"bench: wrong answers: {done.stdout}{done.stderr}")
        server.terminate()
        if server.wait() != 0:
            raise SystemExit("bench: the server ended badly")
        with open(f"{scratch}/log", encoding="utf-8") as log:
            lines = [json.loads(line) for line in log]
        stopped = [line for line in lines if line["event"] == "stopped"][-1]
        waves = [line for line in lines if line["event"] == "waves.stopped"]
        replayed = json.loads(subprocess.run(
            [binary, "replay", "--json", "--network", network, "--journal", f"{scratch}/journal"],
            capture_output=True, text=True, check=True).stdout)
        if replayed["digest"] != stopped["digest"]:
            raise SystemExit("bench: the journal does not give the same state again")
        return json.loads(done.stdout), waves[-1] if waves else {}
    finally:
        if server is not None and server.poll() is None:
            server.kill()
            server.wait()
        shutil.rmtree(scratch)


def planner(binary, options):
    with tempfile.TemporaryDirectory(dir=options.scratch) as network:
        shutil.copytree("docs/sample-network", network, dirs_exist_ok=True)
        with open(f"{network}/waves.toml", "w", encoding="ascii") as waves:
            waves.write(TEMPLATES)
        p99 = {True: [], False: []}
        print("planner,orders_per_second,p50_us,p99_us,waves,orders_in_waves,units_an_aisle,"
              "left_out,late,elapsed_us_max,unplanned,batches_lost", flush=True)
        for number in range(options.runs):
            for planned in ((False, True) if number % 2 == 0 else (True, False)):
                report, waves = run(binary, network, options, planned, number + 1)
                p50, tail = report["latency_us_p50"], report["latency_us_p99"]
                p99[planned].append(tail)
                aisles = max(1, waves.get("aisles", 0))
                print(f"{str(planned).lower()},{report['orders_per_second']:.0f},"
                      f"{p50:.0f},{tail:.0f},{waves.get('released', 0)},"
                      f"{waves.get('orders', 0)},{waves.get('units', 0) / aisles:.1f},"
                      f"{waves.get('left_out', 0)},{waves.get('late', 0)},"
                      f"{waves.get('elapsed_us_max', 0)},{waves.get('unplanned', 0)},"
                      f"{waves.get('batches_lost', 0)}", flush=True)
        without, with_it = (statistics.median(p99[planned]) for planned in (False, True))
        print(f"p99: {without:.0f} us without, {with_it:.0f} us with the planner, "
              f"{100 * (with_it / without - 1):+.1f} %")
