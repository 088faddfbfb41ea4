package store

import (
	"reflect"
	"slices"

	"gorm.io/gorm"
)

// changed lists the columns in which two records differ, but for those that others
// keep. An update that names a column moves every index the column is in, whether
// its value is new or not: naming all of them would write a user a dozen times.
func changed[T any](db *gorm.DB, old, now *T, kept ...string) ([]string, error) {
	all, err := schemaOf(db, now)
	if err != nil {
		return nil, err
	}
	before, after := reflect.ValueOf(old).Elem(), reflect.ValueOf(now).Elem()
	var names []string
	for _, f := range all.Fields {
		if f.DBName == "" || !f.Updatable || slices.Contains(kept, f.DBName) {
			continue
		}
		index := f.StructField.Index
		if x, y := before.FieldByIndex(index), after.FieldByIndex(index); !equal(x, y) {
			names = append(names, f.DBName)
		}
	}
	return names, nil
}

func equal(x, y reflect.Value) bool {
	if x.Comparable() {
		return x.Equal(y)
	}
	return reflect.DeepEqual(x.Interface(), y.Interface())
}
