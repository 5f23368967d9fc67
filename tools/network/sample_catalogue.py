"""The made-up half of the sample network: products, where they lie and how many there are."""

import math

SKU_COUNT = 12000
# Stock is sized for this many orders; by then the first products have run out.
ORDERS = 2_000_000
UNITS_PER_ORDER = 4.2
ZIPF_EXPONENT = 0.99
# Units in stock over units asked for: median, and spread of the logarithm.
MARGIN_MEDIAN = 1.3
MARGIN_SPREAD = 0.25

BRANDS = """
Alder Avalon Birchway Brightline Calloway Cedarbrook Copperfield Dunmore Eastgate Elmhurst
Fairmont Fernhill Foxglove Glenrock Greystone Halcyon Harborview Hazelton Ironwood Juniper Kestrel
Larkspur Linden Lockhart Maplewood Meridian Northwind Oakridge Orchard Pinecrest Quarry Redwood
Ridgeline Rowan Sandpiper Silverlake Stonebridge Summit Tamarack Thornbury Tidewater Valley
Westbrook Wildflower Willow Windham
""".split()

VARIANTS = """Black White Grey Navy Red Green Blue Sand Charcoal Ivory Teal Slate Coral Olive Amber
Natural""".split()

SIZES = ["Small", "Medium", "Large", "XL", "2-Pack", "3-Pack", "4-Pack", "6-Pack", "Travel Size",
         "Set of 2", "Set of 4", "Compact", "Deluxe", "Classic", "Mini", "Pro"]

# Department: its products, the median weight in grams, and how many in a hundred are fragile,
# hazardous (batteries, aerosols, solvents) and oversize.
DEPARTMENTS = [
    ("Kitchen", "Mixing Bowl|Glass Storage Jar|Chef Knife|Cutting Board|Saucepan|Coffee Mug|"
     "Wine Glass|Baking Sheet|Pepper Mill|Tea Kettle|French Press|Dinner Plate", 620, 38, 0, 2),
    ("Home", "Table Lamp|Picture Frame|Throw Blanket|Wall Clock|Scented Candle|Storage Basket|"
     "Bath Towel|Shower Curtain|Door Mat|Desk Organizer|Mirror|Vase", 900, 30, 3, 8),
    ("Tools", "Socket Set|Claw Hammer|Cordless Drill|Tape Measure|Utility Knife|Work Light|"
     "Screwdriver Set|Pliers|Spirit Level|Paint Roller|Wood Glue|Clamp", 780, 2, 12, 4),
    ("Garden", "Pruning Shears|Watering Can|Seed Tray|Garden Hose|Plant Pot|Hand Trowel|"
     "Bird Feeder|Solar Light|Leaf Rake|Potting Mix|Plant Food|Trellis", 1100, 8, 5, 12),
    ("Electronics", "Phone Charger|USB Cable|Bluetooth Speaker|Earbuds|Power Bank|Keyboard|"
     "Wireless Mouse|Webcam|HDMI Adapter|Memory Card|Tablet Stand|Smart Plug", 210, 14, 22, 1),
    ("Toys", "Building Blocks|Wooden Puzzle|Plush Bear|Board Game|Toy Train|Doll House|Kite|"
     "Modeling Clay|Card Game|Water Blaster|Stacking Rings|Toy Drum", 480, 3, 1, 5),
    ("Beauty", "Hand Cream|Shampoo|Face Mask|Lip Balm|Hair Spray|Body Wash|Nail Polish|Sunscreen|"
     "Perfume|Hair Brush|Bath Salts|Shaving Foam", 230, 12, 24, 0),
    ("Sports", "Yoga Mat|Dumbbell|Water Bottle|Jump Rope|Tennis Balls|Bike Light|Camping Chair|"
     "Resistance Band|Swim Goggles|Climbing Chalk|Tent Pegs|Kettlebell", 950, 1, 2, 14),
    ("Apparel", "Cotton T-Shirt|Wool Socks|Rain Jacket|Beanie|Leather Belt|Running Shorts|Scarf|"
     "Denim Apron|Work Gloves|Fleece Vest|Sun Hat|Pajama Set", 260, 0, 0, 0),
    ("Office", "Notebook|Gel Pens|Stapler|File Folders|Desk Pad|Sticky Notes|Label Tape|"
     "Whiteboard|Paper Shredder|Envelope Pack|Calculator|Book Ends", 390, 2, 2, 3),
    ("Pets", "Dog Leash|Cat Tree|Pet Bed|Chew Toy|Food Bowl|Aquarium Filter|Litter Scoop|"
     "Pet Carrier|Catnip Mouse|Grooming Brush|Bird Cage|Dog Treats", 540, 4, 0, 9),
    ("Grocery", "Olive Oil|Ground Coffee|Green Tea|Maple Syrup|Trail Mix|Dark Chocolate|Pasta|"
     "Hot Sauce|Honey|Sea Salt|Oat Bars|Almond Butter", 450, 20, 0, 0),
]

# Pick zone: its name, number of aisles, bays an aisle. The same in every node, so that a product
# lies at the same place everywhere.
PICK_ZONES = [
    ("A", "Forward pick", 8, 60),
    ("B", "Shelves", 20, 40),
    ("C", "Fragile", 10, 30),
    ("D", "Hazardous cage", 4, 20),
    ("E", "Oversize and pallets", 6, 24),
]
FORWARD_PICK_RANKS = 900

# How many nodes keep a product, by popularity: up to this rank, in that many.
BREADTH = [(300, 10), (3000, 6), (SKU_COUNT, 4)]
# Different choices of nodes for each breadth: assortments are planned, not drawn for each product.
ASSORTMENTS = 24


class Chance:
    """SplitMix64: the same numbers on every machine and in every version of Python."""

    MASK = (1 << 64) - 1

    def __init__(self, seed):
        self.state = seed

    def word(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & self.MASK
        x = self.state
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & self.MASK
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & self.MASK
        return x ^ (x >> 31)

    def below(self, bound):
        return self.word() * bound >> 64

    def unit(self):
        return (self.word() >> 11) / (1 << 53)

    def normal(self):
        """Close enough to a normal distribution for weights and stocks."""
        return sum(self.unit() for _ in range(12)) - 6

    def sample(self, items, count):
        pool = list(items)
        return sorted(pool.pop(self.below(len(pool))) for _ in range(count))


def gtin13(number):
    """A barcode of the range 2, which is free for use inside a company: no such product exists
    anywhere else."""
    digits = "2%011d" % number
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits))
    return digits + str(-total % 10)


def make_names(chance):
    """Different names, in the order of departments taken in turn."""
    seen = set()
    while True:
        department = DEPARTMENTS[chance.below(len(DEPARTMENTS))]
        products = department[1].split("|")
        name = "%s %s, %s, %s" % (BRANDS[chance.below(len(BRANDS))],
                                  products[chance.below(len(products))],
                                  VARIANTS[chance.below(len(VARIANTS))],
                                  SIZES[chance.below(len(SIZES))])
        if name not in seen:
            seen.add(name)
            yield department, name


def make_catalogue():
    """Rows of catalogue.csv from the most popular product to the least."""
    chance = Chance(20240101)
    names = make_names(chance)
    rows = []
    for rank in range(SKU_COUNT):
        department, name = next(names)
        median, fragile, hazardous, oversize = department[2:]
        weight = median * math.exp(0.75 * chance.normal())
        flags = []
        if chance.below(100) < fragile:
            flags.append("fragile")
        if chance.below(100) < hazardous:
            flags.append("hazardous")
        if chance.below(100) < oversize:
            flags.append("oversize")
            weight *= 6
        grams = min(30000, max(8, round(weight)))
        zone, aisle = place(chance, rank, flags)
        # Barcodes are spread over the range, as those of many makers are.
        number = (rank + 1) * 7919177 % 100000000000
        rows.append((gtin13(number), name, grams, " ".join(flags), zone, aisle))
    return rows


def place(chance, rank, flags):
    if "hazardous" in flags:
        at = 3
    elif "oversize" in flags:
        at = 4
    elif "fragile" in flags:
        at = 2
    else:
        at = 0 if rank < FORWARD_PICK_RANKS else 1
    zone, _, aisles, _ = PICK_ZONES[at]
    return zone, "%s%02d" % (zone, 1 + chance.below(aisles))


def catchments(nodes, population, costs):
    """The share of the people whose cheapest node each one is, if only these keep a product."""
    people = dict.fromkeys(nodes, 0)
    for count, row in zip(population, costs):
        people[min(nodes, key=lambda node: (row[node], node))] += count
    total = sum(people.values())
    return [people[node] / total for node in nodes]


def make_assortments(chance, node_count, population, costs):
    """By breadth: choices of nodes with the share of the demand that falls to each."""
    assortments = {}
    for _, breadth in BREADTH:
        choices = []
        for _ in range(ASSORTMENTS if breadth < node_count else 1):
            nodes = chance.sample(range(node_count), breadth)
            choices.append((nodes, catchments(nodes, population, costs)))
        assortments[breadth] = choices
    return assortments


def make_stock(catalogue, codes, population, costs):
    """Rows of stock.csv: what ORDERS orders ask for by Zipf's law, with a margin that differs from
    product to product and is too small for some."""
    chance = Chance(20240102)
    assortments = make_assortments(chance, len(codes), population, costs)
    weights = [(rank + 1) ** -ZIPF_EXPONENT for rank in range(SKU_COUNT)]
    units_each = ORDERS * UNITS_PER_ORDER / sum(weights)
    rows = []
    for rank, item in enumerate(catalogue):
        breadth = next(nodes for bound, nodes in BREADTH if rank < bound)
        choices = assortments[breadth]
        nodes, shares = choices[chance.below(len(choices))]
        margin = MARGIN_MEDIAN * math.exp(MARGIN_SPREAD * chance.normal())
        for node, share in zip(nodes, shares):
            units = weights[rank] * units_each * share * margin
            rows.append((item[0], codes[node], max(2, round(units))))
    return rows


def write(output, write_rows, codes, population, costs):
    write_rows(output, "pick_zones.csv", ["node", "zone", "name"],
               [(code, zone, name) for code in codes for zone, name, _, _ in PICK_ZONES])
    write_rows(output, "aisles.csv", ["node", "zone", "aisle", "bays"],
               [(code, zone, "%s%02d" % (zone, aisle), bays)
                for code in codes for zone, _, aisles, bays in PICK_ZONES
                for aisle in range(1, aisles + 1)])
    catalogue = make_catalogue()
    write_rows(output, "catalogue.csv",
               ["sku", "name", "weight_grams", "flags", "pick_zone", "aisle"], catalogue)
    write_rows(output, "stock.csv", ["sku", "node", "units"],
               make_stock(catalogue, codes, population, costs))
