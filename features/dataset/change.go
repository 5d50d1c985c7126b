package dataset

import (
	"fmt"
	"reflect"
	"slices"
)

// Append adds rows to a table. No rows make the table known, with its columns.
// When a table has more than 16 files, neighbours are merged.
func Append[T any](tx *Tx, table string, rows []T) error {
	old := slices.Clone(tx.pending.Tables[table])
	if len(rows) == 0 && len(old) > 0 {
		return tx.usable(table)
	}
	added, err := writeRows(tx, table, rows)
	if err != nil {
		return err
	}
	old = slices.DeleteFunc(old, func(e entry) bool { return e.Rows == 0 })
	list, err := merge[T](tx, table, append(old, added...))
	if err != nil {
		return err
	}
	tx.pending.Tables[table] = list
	return nil
}

// Replace makes rows the whole content of a table. Equal content changes nothing.
func Replace[T any](tx *Tx, table string, rows []T) error {
	list, err := writeRows(tx, table, rows)
	if err != nil {
		return err
	}
	tx.pending.Tables[table] = list
	return nil
}

// Revise rewrites the rows for which change returns true, touching only files
// that hold one.
func Revise[T any](tx *Tx, table string, change func(*T) bool) error {
	return rewrite(tx, table, func(rows []T) ([]T, bool) {
		changed := false
		for i := range rows {
			changed = change(&rows[i]) || changed
		}
		return rows, changed
	})
}

// Delete drops the rows for which drop returns true (a provisional run that was
// read again), touching only files that hold one.
func Delete[T any](tx *Tx, table string, drop func(*T) bool) error {
	return rewrite(tx, table, func(rows []T) ([]T, bool) {
		n := len(rows)
		rows = slices.DeleteFunc(rows, func(row T) bool { return drop(&row) })
		return rows, len(rows) != n
	})
}

// rewrite replaces the files whose rows edit says it changed.
func rewrite[T any](tx *Tx, table string, edit func([]T) ([]T, bool)) error {
	if err := tx.usable(table); err != nil {
		return err
	}
	var list []entry
	for _, e := range tx.pending.Tables[table] {
		rows, err := readOwn[T](tx, []entry{e})
		if err != nil {
			return err
		}
		rows, changed := edit(rows)
		if !changed {
			list = append(list, e)
			continue
		}
		written, err := writeRows(tx, table, rows)
		if err != nil {
			return err
		}
		list = append(list, written...)
	}
	tx.setFiles(table, list)
	return nil
}

// setFiles makes list the files of a table, without those that have no rows,
// but for one that keeps the columns of an empty table.
func (tx *Tx) setFiles(table string, list []entry) {
	kept := slices.DeleteFunc(slices.Clone(list), func(e entry) bool { return e.Rows == 0 })
	if len(kept) == 0 && len(list) > 0 {
		kept = list[:1]
	}
	if len(kept) > 0 {
		tx.pending.Tables[table] = kept
	}
}

func (tx *Tx) usable(table string) error {
	if tx.lock == nil {
		return errClosed
	}
	if !tableName.MatchString(table) {
		return fmt.Errorf("dataset: %q is no name of a table", table)
	}
	return tx.ctx.Err()
}

// writeRows writes rows to new files, which nothing names yet.
func writeRows[T any](tx *Tx, table string, rows []T) ([]entry, error) {
	if err := tx.usable(table); err != nil {
		return nil, err
	}
	row, err := rowTypeFor(reflect.TypeFor[T]())
	if err != nil {
		return nil, fmt.Errorf("dataset: table %s: %w", table, err)
	}
	var list []entry
	w := newFileWriter(table, row, tx.store.mem, func(f newFile) error {
		list = append(list, f.entry)
		return tx.write(table, f)
	})
	defer w.release()
	values := reflect.ValueOf(rows)
	for i := range rows {
		if err := w.add(values.Index(i)); err != nil {
			return nil, err
		}
	}
	return list, w.end()
}

// write puts a file on disk, unless the committed state has it.
func (tx *Tx) write(table string, f newFile) error {
	s := tx.store
	if err := tx.ctx.Err(); err != nil {
		return err
	}
	if slices.Contains(s.manifest().Tables[table], f.entry) {
		return nil
	}
	if err := s.disk.replace(s.path(f.entry), f.content); err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	return nil
}
