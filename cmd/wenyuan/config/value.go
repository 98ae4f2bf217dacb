package config

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"wenyuan/internal/jsonschema"
)

// A Size is a number of bytes. It is written as a number, or with KiB, MiB or GiB.
type Size int64

var sizeUnits = []struct {
	name  string
	bytes Size
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

// ParseSize reads a size; it is more than 0.
func ParseSize(s string) (Size, error) {
	unit := Size(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(s, u.name); ok {
			s, unit = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > int64(1<<50/unit) {
		return 0, fmt.Errorf("want a size such as 100 MiB")
	}
	return Size(n) * unit, nil
}

// String writes a size the way it is read.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if s >= u.bytes && s%u.bytes == 0 {
			return strconv.FormatInt(int64(s/u.bytes), 10) + " " + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// JSONSchema is a number, or a text with its unit.
func (Size) JSONSchema() jsonschema.Schema {
	return jsonschema.Schema{"anyOf": []jsonschema.Schema{{"type": "integer", "minimum": 1}, {"type": "string", "pattern": `^[0-9]+ ?([KMG]iB)?$`}}}
}

// A Count is a whole number that may be 0.
type Count int

// JSONSchema is a number from 0.
func (Count) JSONSchema() jsonschema.Schema {
	return jsonschema.Schema{"type": "integer", "minimum": 0}
}

// A Room is a Size that may be 0, for none.
type Room Size

// String writes a size the way it is read.
func (r Room) String() string { return Size(r).String() }

// JSONSchema is a number, or a text with its unit.
func (Room) JSONSchema() jsonschema.Schema {
	return jsonschema.Schema{"anyOf": []jsonschema.Schema{{"type": "integer", "minimum": 0}, {"type": "string", "pattern": `^[0-9]+ ?([KMG]iB)?$`}}}
}

// A Span is a time that may be 0, for none.
type Span time.Duration

// String writes a time the way it is read.
func (s Span) String() string { return time.Duration(s).String() }

// JSONSchema is a text with a unit.
func (Span) JSONSchema() jsonschema.Schema {
	return jsonschema.Schema{"type": "string", "pattern": `^(0|[0-9.]+(ms|s|m|h).*)$`}
}

// A Most is a whole number from 1, or -1 for none.
type Most int

// JSONSchema is such a number.
func (Most) JSONSchema() jsonschema.Schema {
	return jsonschema.Schema{"anyOf": []jsonschema.Schema{{"type": "integer", "minimum": 1}, {"const": -1}}}
}

// setScalar puts a text into a field of one of the simple kinds.
func setScalar(v reflect.Value, text string) error {
	switch v.Interface().(type) {
	case string:
		v.SetString(text)
	case Size:
		n, err := ParseSize(text)
		if err != nil {
			return err
		}
		v.Set(reflect.ValueOf(n))
	case time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return fmt.Errorf("want a time such as 30s or 2m")
		}
		v.Set(reflect.ValueOf(d))
	case Span:
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return fmt.Errorf("want a time such as 30s or 2m, or 0 for none")
		}
		v.Set(reflect.ValueOf(Span(d)))
	case Room:
		n, err := ParseSize(text)
		if text == "0" {
			n, err = 0, nil
		}
		if err != nil {
			return fmt.Errorf("want a size such as 100 MiB, or 0 for none")
		}
		v.Set(reflect.ValueOf(Room(n)))
	case Most:
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 && n != -1 {
			return fmt.Errorf("want a whole number from 1, or -1 for none")
		}
		v.SetInt(int64(n))
	case int:
		n, err := strconv.Atoi(text)
		if err != nil || n <= 0 {
			return fmt.Errorf("want a whole number from 1")
		}
		v.Set(reflect.ValueOf(n))
	case Count:
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return fmt.Errorf("want a whole number from 0")
		}
		v.SetInt(int64(n))
	case float64:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || !(x >= 0) || math.IsInf(x, 0) {
			return fmt.Errorf("want a number from 0")
		}
		v.SetFloat(x)
	case bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("want true or false")
		}
		v.SetBool(b)
	case []string:
		var list []string
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		v.Set(reflect.ValueOf(list))
	default:
		return fmt.Errorf("cannot be given as one text")
	}
	return nil
}

// scalar says whether setScalar can fill a type.
func scalar(t reflect.Type) bool {
	switch reflect.Zero(t).Interface().(type) {
	case string, Size, Room, Count, Most, time.Duration, Span, int, float64, bool, []string:
		return true
	}
	return false
}
