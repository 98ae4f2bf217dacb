package quickjson_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"wenyuan/internal/quickjson"
)

type sample struct {
	Text  string   `json:"text"`
	Flag  bool     `json:"flag"`
	Count int64    `json:"count"`
	Share float64  `json:"share"`
	List  []string `json:"list"`
	In    struct {
		Word string `json:"word"`
	} `json:"in"`
}

var names = []string{"text", "flag", "count", "share", "list", "in"}

// read is what a caller writes.
func read(b []byte) (s sample, ok bool) {
	r := quickjson.Read(b)
	seen := map[string]bool{}
	r.Object(func(name []byte) {
		if seen[string(name)] {
			r.Fail()
			return
		}
		seen[string(name)] = true
		switch string(name) {
		case "text":
			s.Text = r.Text()
		case "flag":
			s.Flag = r.Bool()
		case "count":
			s.Count = r.Int()
		case "share":
			s.Share = r.Float()
		case "list":
			s.List = []string{}
			r.Array(func() { s.List = append(s.List, r.Text()) })
		case "in":
			r.Object(func(name []byte) {
				if string(name) == "word" && s.In.Word == "" {
					s.In.Word = r.Text()
					return
				}
				r.Unknown(name, []string{"word"})
			})
		default:
			r.Unknown(name, names)
		}
	})
	return s, r.Done()
}

// FuzzRead: what is read is what encoding/json reads; it may refuse, and never takes what that refuses.
func FuzzRead(f *testing.F) {
	for _, s := range []string{`{}`, `{"text":"a\n\u00e9\ud83d\ude00b","flag":true,"count":-12,"share":1.5e-3,"list":["x",null],"in":{"word":"w","other":[1,{"a":null}]},"more":[[],{}]}`,
		`{"text":"\ud800"}`, `{"Text":"x"}`, `{"text":"a","text":"b"}`, `{"count":01}`, `{"count":1.0}`, "{\"text\":\"\xff\"}", `{"text":null,"flag":null}`, ` {"flag" : false } `, `{"flag":true}x`, `{"a":"\x"}`, `{"share":1e400}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, ok := read(b)
		if !ok {
			return
		}
		var want sample
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatalf("%q is read as %+v, and is %v", b, got, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q is read as %+v, want %+v", b, got, want)
		}
	})
}

// TestEverySign: each byte is found wherever it stands among others, of which eight are looked at together.
func TestEverySign(t *testing.T) {
	t.Parallel()
	for _, around := range []string{"a", "\x7f", "!", "水", "\x1f"} {
		for c := range 256 {
			for at := range 18 {
				text := strings.Repeat(around, at) + string([]byte{byte(c)}) + strings.Repeat(around, 18-at)
				want, err := json.Marshal(text)
				if err != nil {
					t.Fatal(err)
				}
				if got := quickjson.AppendText(nil, text); string(got) != string(want) {
					t.Fatalf("%s, want %s", got, want)
				}
				var back, read string
				raw := `"` + text + `"`
				r := quickjson.Read([]byte(raw))
				read = r.Text()
				if ok, err := r.Done(), json.Unmarshal([]byte(raw), &back); ok && (err != nil || read != back) {
					t.Fatalf("%q is read as %q, want %q, %v", raw, read, back, err)
				}
			}
		}
	}
}

// FuzzAppend: what is written is what encoding/json writes.
func FuzzAppend(f *testing.F) {
	for _, s := range []string{"", "plain", "a\"b\\c\n\r\t\b\f\x00\x1f\x7f<>&", "é\u2028\u2029😀", "\xff\xfe", "\xe2\x80"} {
		f.Add(s, 0.1)
	}
	for _, x := range []float64{0, -0.0, 1e-7, 1e21, 123456789.5, 1e-9, math.SmallestNonzeroFloat64, math.MaxFloat64, 2} {
		f.Add("", x)
	}
	f.Fuzz(func(t *testing.T, s string, x float64) {
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := quickjson.AppendText(nil, s); string(got) != string(want) {
			t.Fatalf("%s, want %s", got, want)
		}
		if want, err = json.Marshal(x); err != nil {
			return
		}
		if got := quickjson.AppendFloat(nil, x); string(got) != string(want) {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}
