#!/usr/bin/env python3
"""Opens a dataset with pyarrow, Polars and DuckDB, and compares what they see.

    ci/open_dataset.py STATE EXPORTS

STATE is a state directory. EXPORTS holds TABLE.parquet and TABLE.csv, made by
"apprentice dataset export", for every table that STATE/CURRENT names.

For every table: the native Arrow files have the rows that the manifest says,
the types and the metadata of the data contract; Parquet has the same columns,
values, nulls and metadata; both read the same in Polars and DuckDB; CSV has the
same values, nothing for null, and no cell of text that a spreadsheet would run.

Prints a line per table. Exit code 1 and a line per difference where there is one.
"""

import datetime
import hashlib
import json
import math
import pathlib
import sys

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

failures = 0
FORMULA = "=+-@\t\r\n"


def expect(ok, *what):
    """Counts a failure and says what differs, unless ok."""
    global failures
    if not ok:
        failures += 1
        print("DIFFERS:", *(str(w)[:400] for w in what), file=sys.stderr)
    return ok


def known_type(t):
    """Says whether the data contract has such a type."""
    if pa.types.is_list(t):
        return known_type(t.value_type)
    if pa.types.is_map(t):
        return t.key_type == pa.string() and known_type(t.item_type)
    if pa.types.is_struct(t):
        return all(known_type(f.type) for f in t)
    return t in (pa.string(), pa.bool_(), pa.int64(), pa.float64(), pa.timestamp("ms", "UTC"))


def finite(v):
    if isinstance(v, dict):
        return all(finite(x) for x in v.values())
    if isinstance(v, list):
        return all(finite(x) for x in v)
    return not isinstance(v, float) or math.isfinite(v)


def rows_of(table):
    return table.to_pylist(maps_as_pydicts="strict")


def shape(t):
    """A type without the names and the nullability of list items: Parquet has its own."""
    if pa.types.is_list(t):
        return ["list", shape(t.value_type)]
    if pa.types.is_map(t):
        return ["map", shape(t.item_type)]
    if pa.types.is_struct(t):
        return {f.name: shape(f.type) for f in t}
    return str(t)


def columns_of(schema):
    return [(f.name, shape(f.type), f.nullable, f.metadata) for f in schema]


def check_native(name, entries, state):
    """Reads the files that CURRENT names and returns them as one table."""
    tables, files = [], []
    for e in entries:
        file = state / "data" / e["file"]
        content = file.read_bytes()
        files.append(file)
        expect(len(content) == e["bytes"], file, "bytes", len(content), e["bytes"])
        expect(hashlib.sha256(content).hexdigest() == e["sha256"], file, "sha256")
        table = pa.ipc.open_file(file).read_all()
        table.validate(full=True)
        expect(table.num_rows == e["rows"], file, "rows", table.num_rows, e["rows"])
        meta = table.schema.metadata or {}
        expect(meta.get(b"table") == name.encode(), file, "metadata", meta)
        expect(b"contract" in meta and b"extractor" in meta, file, "metadata", meta)
        for f in table.schema:
            m = f.metadata or {}
            expect(b"unit" in m and m.get(b"doc") and m.get(b"from"), file, "column", f.name, "metadata", m)
            expect(known_type(f.type), file, "column", f.name, "type", f.type)
        tables.append(table)
    table = pa.concat_tables(tables, promote_options="default")
    expect(all(finite(row) for row in rows_of(table)), name, "numbers that are not finite")
    return table, files


def check_parquet(name, native, path):
    file = pq.ParquetFile(path)
    table = file.read()
    table.validate(full=True)
    expect(table.schema.names == native.schema.names, name, "columns of Parquet", table.schema.names)
    for got, want in zip(columns_of(table.schema), columns_of(native.schema)):
        expect(got == want, name, "column of Parquet", got, want)
    expect((table.schema.metadata or {}).get(b"table") == name.encode(), name, "metadata of Parquet", table.schema.metadata)
    expect(rows_of(table) == rows_of(native), name, "values of Parquet")
    for g in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(g)
        codecs = {group.column(c).compression for c in range(group.num_columns)}
        expect(codecs == {"ZSTD"}, name, "compression of Parquet", codecs)


def check_polars(name, native, files, path):
    nulls = [native.column(c).null_count for c in native.column_names]
    arrow = pl.concat([pl.read_ipc(f) for f in files], how="diagonal_relaxed")
    parquet = pl.read_parquet(path)
    for kind, frame in (("Arrow", arrow), ("Parquet", parquet)):
        expect(frame.columns == native.column_names, name, "Polars", kind, "columns", frame.columns)
        expect(frame.height == native.num_rows, name, "Polars", kind, "rows", frame.height)
        expect([frame[c].null_count() for c in frame.columns] == nulls, name, "Polars", kind, "nulls")
    expect(arrow.schema == parquet.schema, name, "Polars types", arrow.schema, parquet.schema)
    expect(arrow.equals(parquet), name, "Polars values")


def duckdb_type(t):
    """The DuckDB type that holds a type of the data contract."""
    if pa.types.is_list(t):
        return duckdb_type(t.value_type) + "[]"
    if pa.types.is_map(t):
        return f"MAP(VARCHAR, {duckdb_type(t.item_type)})"
    if pa.types.is_struct(t):
        return "STRUCT(" + ", ".join(f"{f.name} {duckdb_type(f.type)}" for f in t) + ")"
    return {pa.string(): "VARCHAR", pa.bool_(): "BOOLEAN", pa.int64(): "BIGINT", pa.float64(): "DOUBLE"}.get(t, "TIMESTAMP WITH TIME ZONE")


def check_duckdb(name, native, path):
    counts = ", ".join(f'count("{c}")' for c in native.column_names)
    want = [native.num_rows] + [native.num_rows - native.column(c).null_count for c in native.column_names]
    for kind, source in (("Arrow", "native"), ("Parquet", f"read_parquet('{path}')")):
        got = list(duckdb.sql(f"select count(*), {counts} from {source}").fetchall()[0])
        expect(got == want, name, "DuckDB", kind, "rows and nulls", got, want)
        types = [row[:2] for row in duckdb.sql(f"describe select * from {source}").fetchall()]
        for (column, got), field in zip(types, native.schema, strict=True):
            want_type = duckdb_type(field.type)
            expect((column, got.replace('"', "")) == (field.name, want_type), name, "DuckDB", kind, column, got, want_type)


def text_of(v):
    """The text that a CSV cell must have, or None for null."""
    if v is None or isinstance(v, str):
        return "'" + v if v and v[0] in FORMULA else v
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, datetime.datetime):
        return v.strftime("%Y-%m-%dT%H:%M:%S.") + f"{v.microsecond // 1000:03d}Z"
    return v


def plain(v):
    """A nested value as JSON gives it back."""
    if isinstance(v, dict):
        return {k: plain(x) for k, x in v.items()}
    if isinstance(v, list):
        return [plain(x) for x in v]
    if isinstance(v, datetime.datetime):
        return text_of(v)
    return v


def moment(v):
    """JSON leaves out trailing zeros of a second's fraction; text_of has three digits."""
    if isinstance(v, dict):
        return {k: moment(x) for k, x in v.items()}
    if isinstance(v, list):
        return [moment(x) for x in v]
    if isinstance(v, str) and len(v) > 19 and v[10] == "T" and v[-1] == "Z":
        return f"{v[:19]}.{v[20:-1]:0<3}Z"
    return v


def check_csv(name, native, path):
    cells = duckdb.sql(
        f"select * from read_csv('{path}', all_varchar=true, allow_quoted_nulls=false, header=true, delim=',', quote='\"', escape='\"')"
    )
    expect(cells.columns == native.column_names, name, "CSV columns", cells.columns)
    lines = cells.fetchall()
    if not expect(len(lines) == native.num_rows, name, "CSV rows", len(lines), native.num_rows):
        return
    for i, (line, row) in enumerate(zip(lines, rows_of(native))):
        for column, cell in zip(native.column_names, line):
            want = text_of(row[column])
            if isinstance(want, (dict, list)) and cell is not None:
                ok = moment(json.loads(cell)) == moment(plain(want))
            elif isinstance(want, (int, float)) and cell is not None:
                ok = type(want)(cell) == want
            else:
                ok = cell == want
            expect(ok, name, "CSV row", i, column, repr(cell), repr(want))
    frame = pl.read_csv(path, infer_schema=False)
    expect((frame.height, frame.columns) == (native.num_rows, native.column_names), name, "Polars CSV", frame.shape)


def main(state, exports):
    manifest = json.loads((state / "CURRENT").read_text())
    expect(manifest["tables"], "CURRENT names no table")
    for name, entries in sorted(manifest["tables"].items()):
        before = failures
        native, files = check_native(name, entries, state)
        check_parquet(name, native, exports / f"{name}.parquet")
        check_polars(name, native, files, exports / f"{name}.parquet")
        duckdb.register("native", native)
        check_duckdb(name, native, exports / f"{name}.parquet")
        check_csv(name, native, exports / f"{name}.csv")
        print(f"{name}: {native.num_rows} rows, {native.num_columns} columns, {len(entries)} files: {'same' if failures == before else 'DIFFERS'}")
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
