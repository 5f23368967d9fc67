-- The reference workload as tables and one function. One row of stock a SKU and one row an order,
-- lines as arrays: fewer rows to read and write than a row a cell and a row a line.
CREATE TABLE stock (
  sku integer PRIMARY KEY,
  units integer[] NOT NULL CHECK (0 <= ALL (units))  -- by node
) WITH (fillfactor = 80);

CREATE TABLE nodes_by_cost (
  region smallint PRIMARY KEY,
  nodes integer[] NOT NULL  -- 1 to 16, the cheapest first
);

CREATE TABLE orders (
  id uuid PRIMARY KEY,
  region smallint NOT NULL,
  skus integer[] NOT NULL,
  quantities integer[] NOT NULL,
  decision integer NOT NULL  -- common.h, Decision
);

-- Places the orders in their order and returns their decisions. Lines are flat arrays; line_counts
-- says how many belong to each order. Calls take turns: they would wait for each other's rows of
-- stock anyway. Stock is read once, decided on in memory, and written back as one update a row.
-- An id twice in one call, or one that comes again with another body, ends the call.
CREATE FUNCTION place_orders(ids uuid[], regions smallint[], line_counts integer[], skus integer[],
                             quantities integer[]) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
  decisions integer[] := array_fill(0, ARRAY[cardinality(ids)]);
  taken_at integer[] := array_fill(0, ARRAY[cardinality(skus)]);  -- node by line, 0 for none
  costs integer[];
  cells integer[];
  row_of_line integer[];
  line_order integer[] := array_fill(0, ARRAY[cardinality(skus)]);
  found_before integer;
  has_all boolean;
  is_nowhere boolean;
  chosen integer;
  word integer;
  first integer := 1;
  last integer;
BEGIN
  PERFORM pg_advisory_xact_lock(1);
  SELECT array_agg(nodes ORDER BY region) INTO costs FROM nodes_by_cost;

  WITH wanted AS MATERIALIZED (
    SELECT s.sku, s.units, row_number() OVER () AS at
    FROM (SELECT DISTINCT unnest(place_orders.skus) AS sku) d JOIN stock s USING (sku))
  SELECT (SELECT array_agg(units ORDER BY at) FROM wanted),
         (SELECT array_agg(w.at::integer ORDER BY l.ord)
          FROM unnest(place_orders.skus) WITH ORDINALITY l(sku, ord) JOIN wanted w USING (sku))
  INTO cells, row_of_line;

  SELECT count(*) INTO found_before FROM orders o WHERE o.id = ANY (ids);
  IF found_before > 0 THEN
    decisions := placed_before(ids, regions, line_counts, skus, quantities);
  END IF;

  FOR at IN 1 .. cardinality(ids) LOOP
    last := first + line_counts[at] - 1;
    FOR line IN first .. last LOOP
      line_order[line] := at;
    END LOOP;
    IF decisions[at] = 0 THEN
      chosen := 0;
      FOR rank IN 1 .. 16 LOOP
        has_all := true;
        FOR line IN first .. last LOOP
          IF cells[row_of_line[line]][costs[regions[at] + 1][rank]] < quantities[line] THEN
            has_all := false;
            EXIT;
          END IF;
        END LOOP;
        IF has_all THEN
          chosen := costs[regions[at] + 1][rank];
          EXIT;
        END IF;
      END LOOP;
      is_nowhere := false;
      IF chosen > 0 THEN
        word := 1 << 20;
        FOR line IN first .. last LOOP
          taken_at[line] := chosen;
        END LOOP;
      ELSE
        word := 2 << 20;
        FOR line IN first .. last LOOP
          FOR rank IN 1 .. 16 LOOP
            IF cells[row_of_line[line]][costs[regions[at] + 1][rank]] >= quantities[line] THEN
              taken_at[line] := costs[regions[at] + 1][rank];
              EXIT;
            END IF;
          END LOOP;
          is_nowhere := is_nowhere OR taken_at[line] = 0;
        END LOOP;
      END IF;
      IF is_nowhere THEN
        word := 3 << 20;
        FOR line IN first .. last LOOP
          taken_at[line] := 0;
        END LOOP;
      ELSE
        FOR line IN first .. last LOOP
          cells[row_of_line[line]][taken_at[line]] :=
            cells[row_of_line[line]][taken_at[line]] - quantities[line];
          word := word | ((taken_at[line] - 1) << (4 * (line - first)));
        END LOOP;
      END IF;
      decisions[at] := word;
    END IF;
    first := last + 1;
  END LOOP;

  UPDATE stock s SET units = ARRAY[
      s.units[1] - t.n1, s.units[2] - t.n2, s.units[3] - t.n3, s.units[4] - t.n4,
      s.units[5] - t.n5, s.units[6] - t.n6, s.units[7] - t.n7, s.units[8] - t.n8,
      s.units[9] - t.n9, s.units[10] - t.n10, s.units[11] - t.n11, s.units[12] - t.n12,
      s.units[13] - t.n13, s.units[14] - t.n14, s.units[15] - t.n15, s.units[16] - t.n16]
  FROM (
    SELECT l.sku,
      sum(CASE node WHEN 1 THEN q ELSE 0 END)::integer AS n1,
      sum(CASE node WHEN 2 THEN q ELSE 0 END)::integer AS n2,
      sum(CASE node WHEN 3 THEN q ELSE 0 END)::integer AS n3,
      sum(CASE node WHEN 4 THEN q ELSE 0 END)::integer AS n4,
      sum(CASE node WHEN 5 THEN q ELSE 0 END)::integer AS n5,
      sum(CASE node WHEN 6 THEN q ELSE 0 END)::integer AS n6,
      sum(CASE node WHEN 7 THEN q ELSE 0 END)::integer AS n7,
      sum(CASE node WHEN 8 THEN q ELSE 0 END)::integer AS n8,
      sum(CASE node WHEN 9 THEN q ELSE 0 END)::integer AS n9,
      sum(CASE node WHEN 10 THEN q ELSE 0 END)::integer AS n10,
      sum(CASE node WHEN 11 THEN q ELSE 0 END)::integer AS n11,
      sum(CASE node WHEN 12 THEN q ELSE 0 END)::integer AS n12,
      sum(CASE node WHEN 13 THEN q ELSE 0 END)::integer AS n13,
      sum(CASE node WHEN 14 THEN q ELSE 0 END)::integer AS n14,
      sum(CASE node WHEN 15 THEN q ELSE 0 END)::integer AS n15,
      sum(CASE node WHEN 16 THEN q ELSE 0 END)::integer AS n16
    FROM unnest(place_orders.skus, place_orders.quantities, taken_at) l(sku, q, node)
    WHERE node > 0
    GROUP BY l.sku) t
  WHERE s.sku = t.sku;

  INSERT INTO orders (id, region, skus, quantities, decision)
  SELECT o.id, o.region, l.skus, l.quantities, o.decision
  FROM unnest(ids, regions, decisions) WITH ORDINALITY o(id, region, decision, at)
  JOIN (SELECT ord, array_agg(sku) AS skus, array_agg(q) AS quantities
        FROM unnest(line_order, place_orders.skus, place_orders.quantities) u(ord, sku, q)
        GROUP BY ord) l ON l.ord = o.at
  WHERE found_before = 0 OR NOT EXISTS (SELECT FROM orders b WHERE b.id = o.id);
  RETURN decisions;
END $$;

-- The decisions of the orders that were placed before, 0 for the others.
CREATE FUNCTION placed_before(ids uuid[], regions smallint[], line_counts integer[],
                              skus integer[], quantities integer[]) RETURNS integer[]
LANGUAGE plpgsql AS $$
DECLARE
  decisions integer[] := array_fill(0, ARRAY[cardinality(ids)]);
  known orders;
  first integer := 1;
  last integer;
BEGIN
  FOR at IN 1 .. cardinality(ids) LOOP
    last := first + line_counts[at] - 1;
    SELECT * INTO known FROM orders o WHERE o.id = ids[at];
    IF FOUND THEN
      IF known.region <> regions[at] OR known.skus <> skus[first:last] OR
         known.quantities <> quantities[first:last] THEN
        RAISE 'order % came again with another body', ids[at];
      END IF;
      decisions[at] := known.decision;
    END IF;
    first := last + 1;
  END LOOP;
  RETURN decisions;
END $$;
