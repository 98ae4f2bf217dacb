package parse

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
)

func read(t *testing.T, name, content string) *Document {
	t.Helper()
	d, err := Parse(context.Background(), name, strings.NewReader(content), int64(len(content)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What a file says of its readers is found however it is written, and what is too artful, or
// only meant, is not passed over.
func TestReaders(t *testing.T) {
	t.Parallel()
	const none = "(says nothing)"
	for _, c := range []struct{ name, content, want string }{
		{"a.md", "# A\n\nText.\n", none},
		{"a.md", "---\ntitle: A\naccess: group:hr, person:a@b.c\n---\n# A\n", "group:hr, person:a@b.c"},
		{"a.md", "---\nReaders: [group:hr, 'group:it'] # both\n---\n# A\n", "group:hr, group:it"},
		{"a.md", "---\nread:\n  - group:hr\n  - \"group:it\"\ntitle: x\n---\n# A\n", "group:hr, group:it"},
		{"a.md", "---\nread:\n- group:hr\n---\n# A\n", "group:hr"},
		{"a.md", "---\naccess: group:hr\nread: group:it\n---\n# A\n", "group:hr\ngroup:it"},
		{"a.md", "---\naccess: group:hr,\n  group:it\n---\n# A\n", "group:hr, group:it"},
		{"a.md", "---\naccess:\n---\n# A\n", ""},
		{"a.md", "---\naccess: |\n  group:hr\n---\n# A\n", Unread},
		{"a.md", "---\naccess: *x\n---\n# A\n", Unread},
		{"a.md", "---\nextra:\n  access: group:hr\n---\n# A\n", none},
		{"a.md", "+++\naccess = \"group:hr\"\n+++\n# A\n", "group:hr"},
		{"a.md", "+++\naccess = [\"group:hr\", \"space\"]\n[x]\nread = \"public\"\n+++\n# A\n", "group:hr, space"},
		{"a.md", "+++\naccess = [\n  \"group:hr\",\n  \"space\",\n]\n+++\n# A\n", "group:hr, space"},
		{"a.md", "--- \naccess: group:hr\n...\n# A\n", "group:hr"},
		{"a.md", "---\naccess: group:hr\n\n# Never closed\n", Unread},
		{"a.md", "---\n\nA rule, and no front matter.\n", none},
		{"a.txt", "---\naccess: group:hr\n---\nText.\n", "group:hr"},
		{"a.txt", "---\ntitle: kept\n---\nText.\n", none},
		{"a.html", `<html><head><meta name="Access" content="group:hr"></head><body><p>Text</p></body></html>`, "group:hr"},
		{"a.html", `<html><head><meta name="access" content="group:hr"><meta name="access" content="public"></head><body><p>Text</p></body></html>`, "group:hr\npublic"},
	} {
		d := read(t, c.name, c.content)
		got := d.Readers
		if !d.Says {
			got = none
		}
		if got != c.want {
			t.Errorf("%q says %q, not %q", c.content, got, c.want)
		}
		if strings.Contains(d.Text, "group:hr") && c.want != Unread {
			t.Errorf("the text of %q holds its readers: %q", c.content, d.Text)
		}
	}
}

// divided gives for each key what the cells say and the text of the file that was made.
func divided(t *testing.T, name string, content []byte) map[string]string {
	t.Helper()
	d, err := Parse(context.Background(), name, bytes.NewReader(content), int64(len(content)), Limits{})
	if err != nil || !d.Divided || d.Text != "" {
		t.Fatalf("not divided: %+v, %v", d, err)
	}
	pieces, err := Divide(context.Background(), name, bytes.NewReader(content), int64(len(content)), Limits{}, strings.ToLower)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, p := range pieces {
		d := read(t, name, string(p.Body))
		if d.Divided {
			t.Errorf("the piece %q is to be divided again", p.Key)
		}
		out[p.Key] = d.Text
	}
	return out
}

func TestDivideCSV(t *testing.T) {
	t.Parallel()
	for _, comma := range []string{",", ";", "\t"} {
		content := strings.ReplaceAll("Name,Access,Pay\nLi,group:hr,\"1,5\"\nWang,,200\nZhao,Group:HR,300\nQian,\"group:it, space\",400\n", ",", comma)
		if comma == "," {
			content = "Name,Access,Pay\nLi,group:hr,\"1,5\"\nWang,,200\nZhao,Group:HR,300\nQian,\"group:it, space\",400\n"
		}
		got := divided(t, "t.csv", []byte(content))
		want := map[string]string{"group:hr": "Name | Pay\nLi | 1" + comma + "5\nZhao | 300", "": "Name | Pay\nWang | 200", "group:it" + comma + " space": "Name | Pay\nQian | 400"}
		if comma == "\t" {
			want["group:hr"], want["group:it space"] = "Name | Pay\nLi | 1 5\nZhao | 300", "Name | Pay\nQian | 400"
			delete(want, "group:it\t space")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", comma, diff)
		}
	}
	plain := read(t, "t.csv", "a,b\naccess,1\n")
	if plain.Divided {
		t.Error("a row of data was taken for a header")
	}
}

// A joined cell holds for all of its rows, a header for all that follows, and no word of another
// row is in the file that is made.
func TestDivideXLSX(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"Staff of the house"}, {"Name", "Pay", "access"}, {"Li", "100", "group:hr"}, {"Wang", "200"}, {"Zhao", "300", "space"}, {"Qian", "400"}}
	body, err := writeXLSX(&piece{sheets: []pieceSheet{{name: "Pay & more", rows: rows}, {name: "Notes", rows: [][]string{{"free", "text"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"group:hr": "Pay & more\n\nName | Pay\nLi | 100",
		"space":    "Pay & more\n\nName | Pay\nZhao | 300",
		"":         "Pay & more\n\nStaff of the house\n\nName | Pay\nWang | 200\nQian | 400\n\nNotes\n\nfree | text",
	}
	got := divided(t, "t.xlsx", body)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var sheet []sheetRow
	for i, r := range rows {
		sheet = append(sheet, sheetRow{i + 1, []int{0, 1, 2}[:len(r)], r})
	}
	fill, ok := spread(sheet, []string{"C3:C4", "B9:B1048576"})
	if !ok || fill[[2]int{4, 2}] != "group:hr" || len(fill) != 2 {
		t.Errorf("the joined cells are %v", fill)
	}
	if _, ok := spread(sheet, []string{"A1:B1048576", "A1:B1048576"}); ok {
		t.Error("joined cells have no limit")
	}
}

// Rows with one cell far to the right do not cost what lies between.
func TestDivideSparse(t *testing.T) {
	t.Parallel()
	r := sheetRow{1, []int{2, 16_000, 16_001, 16_002}, []string{"a", "access", "b", "c"}}
	if got := r.line([]int{16_000}); len(got) > 110 || got[2] != "a" || got[len(got)-2] != "b" || got[len(got)-1] != "c" {
		t.Errorf("%d cells: %q", len(got), got)
	}
	content := "Name,access\n" + strings.Repeat("Li,group:hr\n", 1000)
	_, err := Divide(context.Background(), "t.csv", strings.NewReader(content), int64(len(content)), Limits{Text: 1000}, strings.ToLower)
	if wenyuan.CodeOf(err) != wenyuan.TooLarge {
		t.Errorf("there is no limit: %v", err)
	}
	var many strings.Builder
	many.WriteString("Name,access\n")
	for i := range mostPieces + 1 {
		fmt.Fprintf(&many, "Li,group:g%d\n", i)
	}
	_, err = Divide(context.Background(), "t.csv", strings.NewReader(many.String()), int64(many.Len()), Limits{}, strings.ToLower)
	if wenyuan.CodeOf(err) != wenyuan.TooLarge {
		t.Errorf("there is no limit on pieces: %v", err)
	}
}
