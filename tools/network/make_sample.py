#!/usr/bin/env python3
"""Writes the sample network of docs/sample-network from public figures.

    tools/network/make_sample.py DATA [OUTPUT]

DATA is a folder with `us-geo` and `usps-rates` (docs/sample-network/SOURCE.md says where they come
from). The same input gives the same bytes on every machine: chance comes from a generator of our
own with fixed seeds. The output is committed, so only who changes this script needs DATA.
"""

import csv
import math
import os
import sys

import sample_catalogue

# Where fulfilment centres of large sellers stand. The coordinates are those of the town; the UTC
# offset is local standard time. Cutoffs, calendars, capacities and costs are made up.
NODES = [
    # code, city, state, postal, lat, lon, offset, cutoff, days, daily shipments, handling
    ("TCY", "Tracy", "CA", "95376", 37.7448, -121.3985, -480, "15:00", "mon-sat", 150000, 74),
    ("MRV", "Moreno Valley", "CA", "92551", 33.873, -117.2361, -480, "16:00", "mon-sun", 220000,
     71),
    ("PHX", "Phoenix", "AZ", "85043", 33.4330, -112.1644, -420, "15:30", "mon-sat", 110000, 62),
    ("WTN", "Whitestown", "IN", "46075", 39.9797, -86.3833, -300, "17:00", "mon-sat", 240000, 58),
    ("GBO", "Gouldsboro", "PA", "18424", 41.2776, -75.4973, -300, "16:30", "mon-sun", 320000, 67),
    ("WCO", "West Columbia", "SC", "29172", 33.9114, -81.0501, -300, "15:00", "mon-sat", 260000,
     55),
    ("LEB", "Lebanon", "TN", "37090", 36.1202, -86.4096, -360, "16:00", "mon-fri", 160000, 56),
    ("FTW", "Fort Worth", "TX", "76177", 32.9709, -97.3348, -360, "16:00", "mon-sat", 160000, 59),
    ("SCZ", "Schertz", "TX", "78154", 29.6021, -98.2890, -360, "14:00", "mon-fri", 120000, 57),
    ("CHE", "Chester", "VA", "23836", 37.3521, -77.3269, -300, "15:30", "mon-sat", 200000, 63),
]

# The public rule of the postal service: upper bounds of zones 1 to 7 in miles, 8 beyond.
ZONE_MILES = [50, 150, 300, 600, 1000, 1400, 1800]
ZONES = len(ZONE_MILES) + 1
EARTH_RADIUS_MILES = 3958.7613

PLAN = """\
# The sample network: ten ship nodes, every 3-digit ZIP prefix of the United States that people live
# in, three services. Written by tools/network/make_sample.py; the columns are explained in
# docs/network.md, the origin of the figures in SOURCE.md beside this file.
name = "Sample network, United States"
currency = "USD"
channels = ["web", "marketplace", "store"]
carrier_days = "mon-sat"
capacity_horizon_days = 5

[zones]
# Zone 1 reaches 50 miles from the node, zone 8 is everything beyond 1,800.
miles = [{miles}]

[wave]
orders_max = 50
age_max = "30m"
cutoff_lead = "30m"

[life]
payment_hold = "30m"
cart_hold = "15m"
feedback_after = "72h"
return_window_days = 30
restocking_fee_permille = 0

[replenishment]
lead_days = 7
review_days = 7
safety_permille = 1645
window_days = 28

[[service]]
name = "ground"
tariff = "tariff_ground.csv"
transit_days = [2, 2, 3, 3, 4, 4, 5, 5]

[[service]]
name = "economy"
tariff = "tariff_economy.csv"
transit_days = [4, 4, 5, 5, 6, 7, 8, 8]

[[service]]
name = "express"
tariff = "tariff_express.csv"
transit_days = [1, 1, 1, 1, 2, 2, 2, 2]
"""


def read_rows(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def write_rows(folder, name, header, rows):
    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def read_regions(data):
    """3-digit prefixes with inhabitants: [prefix, lat, lon, population], the centre weighted by
    population."""
    places = {}
    for postal, lat, lon in read_rows(os.path.join(data, "us-geo", "us_zip_coords.csv")):
        places[postal] = (float(lat), float(lon))
    regions = {}
    for row in read_rows(os.path.join(data, "us-geo", "2010-pop-by-zcta.csv")):
        # The set lost leading zeros. A postal code that lies in two states has two lines, whose
        # people add up.
        postal = row[0].zfill(5)
        people = int(row[1])
        region = regions.setdefault(postal[:3], [0, 0, 0.0, 0.0])
        region[0] += people
        # Postal codes without a place count for their prefix, but do not pull its centre.
        if postal in places:
            region[1] += people
            region[2] += people * places[postal][0]
            region[3] += people * places[postal][1]
    found = []
    for prefix in sorted(regions):
        people, placed, lat, lon = regions[prefix]
        if placed > 0:
            found.append((prefix, round(lat / placed, 4), round(lon / placed, 4), people))
    return found


def read_ground_tariff(data):
    """[label, [cents by zone]] of the retail table. Its 15.999 oz row is the one of 1 lb again."""
    path = os.path.join(data, "usps-rates", "usps_ground_advantage_retail_2025-10-05.csv")
    tariff = []
    for row in read_rows(path):
        if row[0] != "15_999_oz":
            tariff.append((row[0].replace("_", " "),
                           [round(float(price) * 100) for price in row[1:ZONES + 1]]))
    return tariff


def derived_tariff(ground, percent, surcharge):
    """Prices of a made-up service: a share of ground plus a surcharge, up to the next 5 cents."""
    def price(cents):
        return -(-(cents * percent + surcharge * 100) // 500) * 5
    return [(label, [price(cents) for cents in row]) for label, row in ground]


def distance_miles(a_lat, a_lon, b_lat, b_lon):
    across = math.sin(math.radians(b_lat - a_lat) / 2)
    along = math.sin(math.radians(b_lon - a_lon) / 2)
    haversine = across * across + (math.cos(math.radians(a_lat)) * math.cos(math.radians(b_lat)) *
                                   along * along)
    return 2 * EARTH_RADIUS_MILES * math.asin(math.sqrt(min(1.0, haversine)))


def zone_of(region, node):
    distance = distance_miles(region[1], region[2], node[4], node[5])
    return sum(1 for limit in ZONE_MILES if distance > limit)


def parcel_costs(regions, tariff):
    """By region and node: what a parcel of 1 lb by ground costs, handling included."""
    one_pound = dict(tariff)["1 lb"]
    return [[one_pound[zone_of(region, node)] + node[10] for node in NODES] for region in regions]


def write_tables(output, regions, tariff):
    with open(os.path.join(output, "network.toml"), "w", encoding="utf-8", newline="") as file:
        file.write(PLAN.format(miles=", ".join(str(limit) for limit in ZONE_MILES)))
    write_rows(output, "nodes.csv",
               ["code", "city", "state", "postal", "lat", "lon", "utc_offset_minutes", "cutoff",
                "working_days", "daily_shipments", "handling_cents"], NODES)
    write_rows(output, "regions.csv", ["country", "prefix", "lat", "lon", "population"],
               [("US",) + region for region in regions])
    services = {
        "ground": tariff,
        "economy": derived_tariff(tariff, 85, 0),
        "express": derived_tariff(tariff, 190, 600),
    }
    header = ["up_to"] + ["zone%d" % zone for zone in range(1, ZONES + 1)]
    for name, rows in services.items():
        write_rows(output, "tariff_%s.csv" % name, header, [[label] + row for label, row in rows])


def main(arguments):
    if len(arguments) not in (2, 3):
        sys.exit(__doc__)
    here = os.path.dirname(os.path.abspath(__file__))
    data = arguments[1]
    output = (arguments[2] if len(arguments) == 3 else
              os.path.join(here, "..", "..", "docs", "sample-network"))
    os.makedirs(output, exist_ok=True)
    regions = read_regions(data)
    tariff = read_ground_tariff(data)
    write_tables(output, regions, tariff)
    codes = [node[0] for node in NODES]
    population = [region[3] for region in regions]
    sample_catalogue.write(output, write_rows, codes, population, parcel_costs(regions, tariff))


if __name__ == "__main__":
    main(sys.argv)
