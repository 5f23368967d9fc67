"""`tools/bench compare`: the reference workload on Millrace and on what a user would pick instead, each
with its own durability on, one after the other. docs/benchmarks.md says what each does and leaves
out."""

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

CLIENTS = "build/release/bench/compare"
SOURCES = "bench/compare"
POSTGRES = "/usr/lib/postgresql/15/bin"

# By package: a file that says it is there.
PACKAGES = {
    "redis-server": "/usr/bin/redis-server",
    "postgresql-15": f"{POSTGRES}/postgres",
    "liblmdb-dev": "/usr/include/lmdb.h",
    "libhiredis-dev": "/usr/include/hiredis/hiredis.h",
    "libpq-dev": "/usr/include/postgresql/libpq-fe.h",
}

# What a durable server needs to be quick with this workload. Durability itself is the default.
POSTGRES_SETTINGS = {
    "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
    "shared_buffers": "2GB", "max_wal_size": "16GB", "checkpoint_timeout": "30min",
    # Calls bring arrays whose length a plan made ahead does not know.
    "plan_cache_mode": "force_custom_plan", "enable_seqscan": "off", "enable_mergejoin": "off",
    "jit": "off",
}

# Millrace's orders for each second that the others run.
MILLRACE_ORDERS_PER_SECOND = 1_000_000

COLUMNS = ["store", "call", "orders", "seconds", "orders_per_second", "p50_us", "p99_us",
           "allocated", "split", "refused"]


def fail(text):
    sys.exit(f"bench: compare: {text}")


def install():
    """The packages that only this needs. Their services are not started."""
    missing = [package for package, path in PACKAGES.items() if not os.path.exists(path)]
    if not missing:
        return
    print(f"bench: compare: installing {' '.join(missing)}", file=sys.stderr)
    apt = ([] if os.geteuid() == 0 else ["sudo"]) + [
        "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "-qq"]
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        done = subprocess.run([*apt, *command], capture_output=True, text=True)
        if done.returncode != 0:
            fail(f"apt-get {command[0]} failed\n{done.stderr[-2000:]}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def as_postgres(*command):
    """PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return list(command)
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]


class Service:
    """A server of our own: started with a scratch directory, stopped by its process id."""

    def __init__(self, scratch, command, stop_signal):
        self.scratch, self.command, self.stop_signal = scratch, command, stop_signal

    def __enter__(self):
        self.log = open(f"{self.scratch}/log", "w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(self.command, cwd=self.scratch, stdout=self.log,
                                        stderr=self.log, start_new_session=True)
        return self

    def await_port(self, port):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        self.log.seek(0)
        fail(f"{self.command[0]} does not serve\n{self.log.read()[-2000:]}")

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


def client(name, options, *flags):
    """Runs one to its end; what it measured."""
    length = (["--orders", str(options.orders)] if options.orders else
              ["--seconds", str(options.seconds)])
    done = subprocess.run([f"{CLIENTS}/compare_{name}", *length, *flags], capture_output=True,
                          text=True)
    if done.returncode != 0:
        fail(f"{name} ended with {done.returncode}\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
    return json.loads(done.stdout)


def run_redis(options, scratch, call):
    port = free_port()
    command = ["/usr/bin/redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", scratch,
               "--appendonly", "yes", "--appendfsync", "always", "--save", "",
               "--auto-aof-rewrite-percentage", "0"]
    with Service(scratch, command, signal.SIGTERM) as service:
        service.await_port(port)
        return client("redis", options, "--port", str(port), "--call", str(call), "--in-flight", "4",
                      "--script", f"{SOURCES}/redis.lua")


def run_postgres(options, scratch, call):
    if os.geteuid() == 0:
        shutil.chown(scratch, "postgres", "postgres")
    data, port = f"{scratch}/data", free_port()
    made = subprocess.run(as_postgres(f"{POSTGRES}/initdb", "--pgdata", data, "--auth", "trust",
                                      "--username", "postgres", "--encoding", "UTF8", "--locale",
                                      "C"), cwd=scratch, capture_output=True, text=True)
    if made.returncode != 0:
        fail(f"initdb failed\n{made.stderr[-2000:]}")
    settings = {**POSTGRES_SETTINGS, "listen_addresses": "127.0.0.1", "port": port,
                "unix_socket_directories": ""}
    flags = [flag for name, value in settings.items() for flag in ("-c", f"{name}={value}")]
    # SIGINT is its fast shutdown.
    with Service(scratch, as_postgres(f"{POSTGRES}/postgres", "-D", data, *flags),
                 signal.SIGINT) as service:
        service.await_port(port)
        return client("postgres", options, "--port", str(port), "--call", str(call), "--in-flight",
                      "2", "--script", f"{SOURCES}/postgres.sql")


def run_lmdb(options, scratch, call):
    return client("lmdb", options, "--directory", scratch, "--call", str(call))


def run_millrace(options, run_wire, call):
    orders = options.orders or options.seconds * MILLRACE_ORDERS_PER_SECOND
    report = run_wire(argparse.Namespace(
        workload="reference", frame=call, connections=1, in_flight=16, rate=0, nodes=16, skus=0,
        orders=orders, scratch=options.scratch, seconds=0, placement="auto",
        subscribers=0, no_events=False))
    return {"orders": orders, "seconds": round(orders / report["orders_per_second"], 3),
            **{name: report[name] for name in ("orders_per_second", "p50_us", "p99_us")}}


STORES = [
    # store, orders a call, how; None is Millrace itself
    ("millrace", 256, None),
    ("lmdb", 16_384, run_lmdb),
    ("postgres", 4_096, run_postgres),
    ("postgres", 256, run_postgres),
    ("redis", 256, run_redis),
]


def run_once(options, run_wire):
    """All stores in turn, so that what the machine does meanwhile falls on all of them."""
    rows = []
    for store, call, run in STORES:
        print(f"bench: compare: {store}, {call} orders a call", file=sys.stderr)
        if run is None:
            figures = run_millrace(options, run_wire, call)
        else:
            with tempfile.TemporaryDirectory(prefix="millrace-compare.",
                                             dir=options.scratch) as scratch:
                figures = run(options, scratch, call)
        rows.append({"store": store, "call": call, **figures})
    return rows


def show(runs, options):
    if options.csv:
        print(",".join(["run", *COLUMNS]))
        for number, rows in enumerate(runs, 1):
            for row in rows:
                print(",".join([str(number), *(str(row.get(name, "")) for name in COLUMNS)]))
        return
    print(f"medians of {len(runs)} runs; the ratio is Millrace's rate by the store's, of the same "
          "run")
    print(f"{'store':10}{'orders a call':>14}{'orders/s':>12}{'least':>12}{'greatest':>12}"
          f"{'ratio':>8}{'p50 us':>10}{'p99 us':>10}")
    for at, (store, call, _) in enumerate(STORES):
        rows = [rows[at] for rows in runs]
        rates = [row["orders_per_second"] for row in rows]
        ratio = statistics.median(rows[0]["orders_per_second"] / rows[at]["orders_per_second"]
                                  for rows in runs)
        p50, p99 = (statistics.median(row[name] for row in rows) for name in ("p50_us", "p99_us"))
        print(f"{store:10}{call:14,}{statistics.median(rates):12,.0f}{min(rates):12,.0f}"
              f"{max(rates):12,.0f}{ratio:8.1f}{p50:10,.0f}{p99:10,.0f}")


def compare(options, build, run_wire):
    install()
    build("millrace", *(f"compare_{name}" for name in ("lmdb", "postgres", "redis")),
          flags=["-DMILLRACE_COMPARE=ON"])
    show([run_once(options, run_wire) for _ in range(options.runs)], options)
