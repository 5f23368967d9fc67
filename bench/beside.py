"""What goes on beside the orders, and what it costs them: tools/bench reads and tools/bench snapshot.

Both run orders in an open loop at half of what the server managed just before, first alone, then with
company, on one server each.
"""

import time


def open_loop(tools, server, options, rate, seed, extra=()):
    """Orders at a rate for options.seconds; the load's report, and what the server spent on them."""
    options.rate = rate
    before = server.cpu_seconds()
    report = tools.load(server, options, rate * options.seconds, seed, extra)
    report["server_cpu_percent"] = round(100 * (server.cpu_seconds() - before) / report["seconds"])
    report["client_cpu_percent"] = round(100 * report["cpu_seconds"] / report["seconds"])
    return report


def half_of_maximum(tools, server, options, seed):
    """Half of what a closed loop comes to, and its report."""
    options.rate = 0
    report = tools.load(server, options, options.orders, seed)
    return round(report["orders_per_second"] / 2), report


def latencies(report, suffix):
    return {f"{name}_us_{suffix}": report[f"latency_us_{name}"] for name in ("p50", "p99", "p999")}


def room_for(options):
    """Makes room for two open loops beside options.orders, at any rate this machine has shown."""
    options.limits_orders = options.orders + 2 * 2_000_000 * options.seconds


def stock_of(network):
    with open(f"{network}/stock.csv", encoding="ascii") as lines:
        next(lines)
        return sum(int(line.rpartition(",")[2]) for line in lines)


def run_reads(tools, options):
    with tools.Server(options) as server:
        server.start("--io-threads", str(options.io_threads), "--snapshot-every-commands", "0")
        rate, flood = half_of_maximum(tools, server, options, 1)
        rate = options.order_rate or rate
        alone = open_loop(tools, server, options, rate, 2)
        readers = ["--readers", str(options.readers), "--reads-frame", str(options.reads_frame),
                   "--reads-in-flight", str(options.reads_in_flight), "--reads-rate",
                   str(options.reads_rate), "--reads-only-fall", "--reads-compare"]
        beside = open_loop(tools, server, options, rate, 3, readers)
        taken = sum(report["units_allocated"] for report in (flood, alone, beside))
        if stock_of(server.network) - taken != beside["units_available"]:
            tools.fail(f"{beside['units_available']} units are available after {taken} were taken")
        server.stop()
        return {
            "reads_per_second": beside["reads_per_second"],
            "reads_frame": options.reads_frame,
            "reads_p50_us": beside["reads_latency_us_p50"],
            "reads_p99_us": beside["reads_latency_us_p99"],
            "orders_rate": rate,
            "orders_per_second_alone": alone["orders_per_second"],
            "orders_per_second_beside": beside["orders_per_second"],
            **latencies(alone, "alone"),
            **latencies(beside, "beside"),
            "server_cpu_percent_alone": alone["server_cpu_percent"],
            "server_cpu_percent_beside": beside["server_cpu_percent"],
            "client_cpu_percent_alone": alone["client_cpu_percent"],
            "client_cpu_percent_beside": beside["client_cpu_percent"],
            "reads_cpu_percent": round(100 * beside["reads_cpu_seconds"] / beside["reads_seconds"]),
        }


def run_snapshot(tools, options):
    with tools.Server(options) as server:
        server.start("--snapshot-every-commands", "0")
        rate, _ = half_of_maximum(tools, server, options, 1)
        rate = options.order_rate or rate
        alone = open_loop(tools, server, options, rate, 2)
        server.stop()
        # One that holds what is there already, so that those beside the orders hold what comes.
        server.start("--snapshot-every-commands", str(options.every))
        server.await_log("snapshot.taken")
        before = server.log().count('"event":"snapshot.taken"')
        beside = open_loop(tools, server, options, rate, 3)
        taken = server.log().count('"event":"snapshot.taken"') - before
        server.stop()
        stopped = server.logged("stopped")
        replayed = server.replay()
        if replayed["digest"] != stopped["digest"]:
            tools.fail(f"a replay has the digest {replayed['digest']}, not {stopped['digest']}")
        return {
            "orders_rate": rate,
            "snapshots": taken,
            "orders_per_second_alone": alone["orders_per_second"],
            "orders_per_second_beside": beside["orders_per_second"],
            **latencies(alone, "alone"),
            **latencies(beside, "beside"),
            "p99_ratio": round(beside["latency_us_p99"] / alone["latency_us_p99"], 2),
            "server_cpu_percent_alone": alone["server_cpu_percent"],
            "server_cpu_percent_beside": beside["server_cpu_percent"],
        }


def several(tools, options, run):
    room_for(options)
    options.in_flight = max(options.in_flight, 16)
    rows = []
    for _ in range(options.runs):
        began = time.monotonic()
        rows.append(run(tools, options))
        if options.verbose:
            print(f"a run took {time.monotonic() - began:.0f} s: {rows[-1]}", flush=True)
    tools.show(rows, options)
