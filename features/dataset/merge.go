package dataset

import (
	"errors"
	"io/fs"
	"reflect"
	"slices"
)

// maxFiles is how many files a table has before neighbours are merged: a year
// of nights is not 365 files.
const maxFiles = 16

// merge rewrites neighbours into one file while there are more than maxFiles.
// Neighbours, because the order of the rows is the order of the files.
func merge[T any](tx *Tx, table string, list []entry) ([]entry, error) {
	for len(list) > maxFiles {
		first, end := smallest(list)
		if first == end {
			return list, nil
		}
		rows, err := readOwn[T](tx, list[first:end])
		if err != nil {
			return nil, err
		}
		merged, err := writeRows(tx, table, rows)
		if err != nil {
			return nil, err
		}
		list = slices.Replace(list, first, end, merged...)
	}
	return list, nil
}

// smallest finds the maxFiles/2+1 neighbours with the least bytes together;
// none where together they would exceed one file. Taking half of the files at
// once keeps the work of a year small: a row is rewritten about as often as
// the table's size has multiplied by that number.
func smallest(list []entry) (first, end int) {
	const n = maxFiles/2 + 1
	least := int64(fileBytes)
	for i := range len(list) - n + 1 {
		var sum int64
		for _, e := range list[i : i+n] {
			sum += e.Bytes
		}
		if sum < least {
			least, first, end = sum, i, i+n
		}
	}
	return first, end
}

// readOwn reads files of the pending state that are to be rewritten.
func readOwn[T any](tx *Tx, list []entry) ([]T, error) {
	row, err := rowTypeFor(reflect.TypeFor[T]())
	if err != nil {
		return nil, wrap(err)
	}
	files, err := tx.store.openFiles(list)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, tx.store.missing(err)
	}
	if err != nil {
		return nil, wrap(err)
	}
	defer closeFiles(files)
	var rows []T
	known := texts{}
	for _, f := range files {
		if err := f.ownContract(); err != nil {
			return nil, err
		}
		if rows, err = readFile(tx.ctx, f, rows, row, known); err != nil {
			return nil, err
		}
	}
	return rows, nil
}
