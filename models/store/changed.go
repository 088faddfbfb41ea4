package store

import (
	"fmt"
	"reflect"
	"slices"

	"gorm.io/gorm"
)

// changed lists the columns in which two records differ, but for those that others
// keep. An update that names a column moves every index the column is in, whether
// its value is new or not: naming all of them would write a user a dozen times.
func changed[T any](db *gorm.DB, old, now *T, kept ...string) ([]string, error) {
	stmt := &gorm.Statement{DB: db}
	if err := stmt.Parse(now); err != nil {
		return nil, fmt.Errorf("read the columns of a record: %w", err)
	}
	before, after := reflect.ValueOf(old).Elem(), reflect.ValueOf(now).Elem()
	var names []string
	for _, f := range stmt.Schema.Fields {
		if f.DBName == "" || slices.Contains(kept, f.DBName) {
			continue
		}
		index := f.StructField.Index
		if !reflect.DeepEqual(before.FieldByIndex(index).Interface(), after.FieldByIndex(index).Interface()) {
			names = append(names, f.DBName)
		}
	}
	return names, nil
}
