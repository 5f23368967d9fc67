#!/usr/bin/env python3
"""Writes the network of the reference workload (docs/benchmarks.md) as a network directory.

    tools/network/make_reference.py OUTPUT [--skus N] [--nodes N] [--regions N] [--units N]

A cell of stock is empty by a hash of SKU and node, one in two, and so is every cell of one SKU in
128; the others hold --units. Each region has its own order of the nodes by cost. The same arguments
give the same bytes.
"""

import argparse
import os

MASK = (1 << 64) - 1
ZONES = 16
BANDS = [500, 1000, 2000, 5000, 10000, 20000, 31751]

PLAN = """\
# The reference network, written by tools/network/make_reference.py.
name = "Reference network"
currency = "USD"
channels = ["web"]
carrier_days = "mon-sun"
capacity_horizon_days = 3

[zones]
file = "zones.csv"

[wave]
orders_max = 50
age_max = "30m"
cutoff_lead = "1m"

[[service]]
name = "ground"
tariff = "tariff.csv"
transit_days = [{transit}]
"""


def mix64(x):
    """The finaliser of MurmurHash3."""
    x ^= x >> 33
    x = x * 0xff51afd7ed558ccd & MASK
    x ^= x >> 33
    x = x * 0xc4ceb9fe1a85ec53 & MASK
    return x ^ x >> 33


def is_empty(sku, node):
    return mix64(sku * 1024 + node) & 1 == 1


def is_nowhere(sku):
    return mix64(sku * 0x9e3779b97f4a7c15 & MASK) % 128 == 0


def shuffled(count, seed):
    return sorted(range(count), key=lambda item: mix64(seed << 20 | item))


def prefix(region):
    return f"{region:03d}"


def write(directory, name, lines):
    with open(os.path.join(directory, name), "w", encoding="ascii", newline="\n") as out:
        out.writelines(line + "\n" for line in lines)


def nodes(count):
    yield ("code,city,state,postal,lat,lon,utc_offset_minutes,cutoff,working_days,daily_shipments,"
           "handling_cents")
    for node in range(count):
        yield f"N{node:03d},Node {node},NA,00000,0,0,0,23:59,mon-sun,1000000000,0"


def zones(region_count, node_count):
    yield "country,prefix," + ",".join(f"N{node:03d}" for node in range(node_count))
    for region in range(region_count):
        zone = [0] * node_count
        for rank, node in enumerate(shuffled(node_count, region + 1)):
            zone[node] = 1 + rank * ZONES // max(node_count, ZONES)
        yield f"US,{prefix(region)}," + ",".join(map(str, zone))


def tariff():
    yield "up_to," + ",".join(f"zone{zone + 1}" for zone in range(ZONES))
    for band, grams in enumerate(BANDS):
        cents = (700 + 40 * zone + 60 * band + 12 * band * zone for zone in range(ZONES))
        yield f"{grams} g," + ",".join(map(str, cents))


def catalogue(count):
    yield "sku,name,weight_grams,flags,pick_zone,aisle"
    for sku in range(1, count + 1):
        yield f"{sku},SKU {sku},{100 + mix64(sku) % 1500},,A,A01"


def stock(sku_count, node_count, units):
    yield "sku,node,units"
    for sku in range(1, sku_count + 1):
        if is_nowhere(sku):
            continue
        for node in range(node_count):
            if not is_empty(sku, node):
                yield f"{sku},N{node:03d},{units}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output")
    parser.add_argument("--skus", type=int, default=100_000)
    parser.add_argument("--nodes", type=int, default=16)
    parser.add_argument("--regions", type=int, default=100)
    parser.add_argument("--units", type=int, default=1_000_000_000)
    options = parser.parse_args()
    os.makedirs(options.output, exist_ok=True)
    transit = ", ".join(str(1 + zone // 3) for zone in range(ZONES))
    write(options.output, "network.toml", PLAN.format(transit=transit).splitlines())
    write(options.output, "nodes.csv", nodes(options.nodes))
    write(options.output, "regions.csv",
          ["country,prefix,lat,lon,population"] +
          [f"US,{prefix(region)},0,0,1" for region in range(options.regions)])
    write(options.output, "zones.csv", zones(options.regions, options.nodes))
    write(options.output, "tariff.csv", tariff())
    codes = [f"N{node:03d}" for node in range(options.nodes)]
    write(options.output, "pick_zones.csv",
          ["node,zone,name"] + [f"{code},A,All" for code in codes])
    write(options.output, "aisles.csv",
          ["node,zone,aisle,bays"] + [f"{code},A,A01,1" for code in codes])
    write(options.output, "catalogue.csv", catalogue(options.skus))
    write(options.output, "stock.csv", stock(options.skus, options.nodes, options.units))


if __name__ == "__main__":
    main()
