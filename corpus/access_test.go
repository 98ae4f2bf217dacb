package corpus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/corpus"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// person adds somebody with a role in main.
func (h *house) person(name, role string) auth.Identity {
	h.t.Helper()
	a, err := h.auth.AddPerson(context.Background(), h.sc, auth.NewPerson{Name: name, Space: wenyuan.DefaultSpace, Role: role})
	if err != nil {
		h.t.Fatal(err)
	}
	return auth.Identity{Kind: auth.Person, Principal: wenyuan.Principal{ID: a.ID, Name: name}, Rights: scope.Every}
}

func (h *house) group(name string, members ...string) {
	h.t.Helper()
	if _, err := h.auth.AddGroup(context.Background(), h.sc, name, members); err != nil {
		h.t.Fatal(err)
	}
}

// as is what somebody sees now.
func (h *house) as(id auth.Identity) scope.Scope {
	h.t.Helper()
	sc, err := h.auth.Scope(context.Background(), id, wenyuan.DefaultSpace)
	if err != nil {
		h.t.Fatal(err)
	}
	return sc
}

// take adds files, given as names and contents, for somebody.
func (h *house) take(sc scope.Scope, files ...string) (corpus.Added, error) {
	h.t.Helper()
	var ups []corpus.Upload
	for i := 0; i < len(files); i += 2 {
		ups = append(ups, corpus.Upload{Source: files[i], Body: strings.NewReader(files[i+1])})
	}
	return h.Take(context.Background(), sc, "docs", ups)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// sources lists what somebody sees in the corpus.
func (h *house) sources(id auth.Identity) string {
	h.t.Helper()
	docs, total, err := h.Documents(context.Background(), h.as(id), "docs", corpus.DocumentFilter{})
	if wenyuan.CodeOf(err) == wenyuan.NotFound {
		return "no corpus"
	}
	h.must(err)
	if total != len(docs) {
		h.t.Errorf("%d documents are said to be there, %d are listed", total, len(docs))
	}
	var out []string
	for _, d := range docs {
		out = append(out, d.Source)
	}
	return strings.Join(out, " ")
}

// named finds a document by its source, with every right.
func (h *house) named(source string) corpus.Document {
	h.t.Helper()
	docs, _, err := h.Documents(context.Background(), h.sc, "docs", corpus.DocumentFilter{})
	h.must(err)
	i := slices.IndexFunc(docs, func(d corpus.Document) bool { return d.Source == source })
	if i < 0 {
		h.t.Fatalf("there is no %s", source)
	}
	return docs[i]
}

func (h *house) original(sc scope.Scope, id string) string {
	h.t.Helper()
	f, _, _, err := h.Original(context.Background(), sc, id, "")
	h.must(err)
	defer f.Close()
	b, err := io.ReadAll(f)
	h.must(err)
	return string(b)
}

const staff = "Name,access,Salary\nLi,group:hr,100\nWang,group:it,200\nZhao,,300\nQian,\"group:hr, group:it\",400\nSun,grup:x,500\nZhou,Group:HR,600\n"

// A table with a column of readers is as many documents as there are sets of readers; nobody
// gets a row, a hash or a byte that is not theirs, by no door.
func TestDividedTable(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, cfg store.Config) {
		ctx := context.Background()
		h := open(t, cfg)
		h.add("tea.md", tea)
		hr, it, both, all := h.person("hr", auth.Viewer), h.person("it", auth.Viewer), h.person("both", auth.Viewer), h.person("all", auth.Viewer)
		h.group("hr", "person:hr", "person:both")
		h.group("it", "person:it", "person:both")
		added, err := h.take(h.sc, "hr/staff.csv", staff)
		h.must(err)
		if len(added.Documents) != 5 {
			t.Fatalf("%d documents: %+v", len(added.Documents), added.Documents)
		}
		const file = "hr/staff.csv"
		for id, want := range map[*auth.Identity]string{
			&hr: file + "#group:hr " + file + "#group:hr,group:it " + file + "#rest tea.md", &it: file + "#group:hr,group:it " + file + "#group:it " + file + "#rest tea.md",
			&both: file + "#group:hr " + file + "#group:hr,group:it " + file + "#group:it " + file + "#rest tea.md", &all: file + "#rest tea.md",
		} {
			if got := h.sources(*id); got != want {
				t.Errorf("%s sees %s", id.Principal.Name, got)
			}
		}
		unread := h.named(file + "#unreadable")
		if rule, err := h.Readers(ctx, h.sc, unread.ID); err != nil || len(rule.Readers) > 0 || rule.Problem == "" || rule.Layer != auth.Column {
			t.Errorf("what cannot be read: %+v, %v", rule, err)
		}
		if i := slices.IndexFunc(added.Documents, func(d corpus.Document) bool { return d.Reason != "" }); i < 0 || added.Documents[i].Source != unread.Source {
			t.Errorf("the cell that cannot be read is not told: %+v", added.Documents)
		}

		part := h.named(file + "#group:hr")
		rev, err := h.Revision(ctx, h.as(hr), part.ID, "")
		h.must(err)
		const text = "Name | Salary\nLi | 100\nZhou | 600"
		if rev.Text != text || rev.Title != "staff · group:hr" || part.File != file {
			t.Errorf("the part is %q, %q, of %q", rev.Title, rev.Text, part.File)
		}
		if got := h.original(h.as(hr), part.ID); got != "Name,Salary\nLi,100\nZhou,600\n" {
			t.Errorf("the original is %q", got)
		}
		docs, _, err := h.Documents(ctx, h.as(both), "docs", corpus.DocumentFilter{})
		h.must(err)
		for _, d := range docs {
			if d.FileHash != "" {
				t.Error("who does not see all rows gets the hash of all")
			}
		}
		if h.named(file+"#rest").FileHash == "" {
			t.Error("who sees all rows does not get the hash of the file")
		}

		// Counts are of what is seen, a corpus is there for who sees something.
		cs, err := h.Corpora(ctx, h.as(hr))
		h.must(err)
		if len(cs) != 1 || cs[0].Documents != 4 || cs[0].Ready != 4 || cs[0].Passages != 5 {
			t.Errorf("hr counts %+v", cs)
		}

		// The same bytes again change nothing; other bytes keep the parts that stay.
		again, err := h.take(h.sc, file, staff)
		h.must(err)
		if again.Documents[0].Updated != added.Documents[0].Updated {
			t.Error("an unchanged table was read again")
		}
		_, err = h.take(h.sc, file, strings.ReplaceAll(strings.ReplaceAll(staff, "Wang,group:it,200\n", ""), "600", "650"))
		h.must(err)
		if got := h.sources(both); got != file+"#group:hr "+file+"#group:hr,group:it "+file+"#rest tea.md" {
			t.Errorf("after a change: %s", got)
		}
		if now := h.named(file + "#group:hr"); now.ID != part.ID || now.Revision == part.Revision {
			t.Errorf("the part that stays is %+v", now)
		}
		if has, err := h.store.Blobs().Has(part.FileHash); has || err != nil {
			t.Errorf("the table as a whole is still kept: %v", err)
		}

		// It moves and goes as a whole.
		h.must(h.Move(ctx, h.sc, part.ID, "all/people.csv"))
		if got := h.sources(hr); got != "all/people.csv#group:hr all/people.csv#group:hr,group:it all/people.csv#rest tea.md" {
			t.Errorf("after a move: %s", got)
		}
		gone, err := h.Remove(ctx, h.sc, h.named("all/people.csv#rest").ID)
		h.must(err)
		if len(gone.Documents) != 4 || h.sources(both) != "tea.md" {
			t.Errorf("%d documents were removed; left is %s", len(gone.Documents), h.sources(both))
		}
		if err := h.store.Check(ctx); err != nil {
			t.Error(err)
		}
	})
}

// A table becomes several documents, and one again, as its column comes and goes.
func TestTableChangesItsKind(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	h.add("t.csv", "Name,Pay\nLi,100\n")
	all := h.person("all", auth.Viewer)
	if got := h.sources(all); got != "t.csv" {
		t.Error(got)
	}
	whole := h.named("t.csv")
	h.add("t.csv", "Name,Pay,Access\nLi,100,group:hr\nWang,200,\n")
	if got := h.sources(all); got != "t.csv#rest" {
		t.Error(got)
	}
	if _, err := h.Document(context.Background(), h.sc, whole.ID); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("the whole table is still there: %v", err)
	}
	_, err := h.take(h.sc, "t.csv", "\x89PNG\r\n\x1a\n\x01\x02\x03\x04\x05\x06\x07")
	h.must(err)
	if got := h.sources(all); !strings.Contains(got, "t.csv#rest") {
		t.Errorf("a broken copy took away what was known: %s", got)
	}
	h.add("t.csv", "Name,Pay\nLi,100\n")
	if got := h.sources(all); got != "t.csv" {
		t.Error(got)
	}
	if _, err := h.take(h.sc, "t.csv#x", tea); err != nil {
		t.Errorf("a name with a number sign: %v", err)
	}
	h.add("u.csv", "Name,Access\nLi,group:hr\n")
	if _, err := h.take(h.sc, "u.csv#group:hr", tea); wenyuan.CodeOf(err) != wenyuan.Conflict {
		t.Errorf("a file took the place of a part: %v", err)
	}
}

// A .access file holds before the files of its upload are seen, is no document, and goes when an
// empty one comes.
func TestAccessFiles(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, cfg store.Config) {
		h := open(t, cfg)
		h.add("tea.md", tea)
		all, hr := h.person("all", auth.Viewer), h.person("hr", auth.Viewer)
		h.group("hr", "person:hr")
		added, err := h.take(h.sc, "hr/a.md", tea, "hr/b.txt", "Plain words about tea.", "hr/.access", "*.md read: group:hr\n*.txt raed: x\n")
		h.must(err)
		if len(added.Documents) != 2 || len(added.Access) != 1 || added.Access[0].Source != "hr/.access" || len(added.Access[0].Problems) != 1 {
			t.Errorf("%+v", added)
		}
		if h.sources(all) != "tea.md" || h.sources(hr) != "tea.md" { // a line whose form is not known denies the folder
			t.Errorf("seen: %s; %s", h.sources(all), h.sources(hr))
		}
		_, err = h.take(h.sc, "hr/.access", "*.md read: group:hr\n")
		h.must(err)
		if h.sources(all) != "hr/b.txt tea.md" || h.sources(hr) != "hr/a.md hr/b.txt tea.md" {
			t.Errorf("seen: %s; %s", h.sources(all), h.sources(hr))
		}
		if got := h.find("green tea"); len(got) == 0 {
			t.Error("nothing is found")
		}
		h.must(h.Move(context.Background(), h.sc, h.named("hr/a.md").ID, "free.md"))
		if h.sources(all) != "free.md hr/b.txt tea.md" {
			t.Errorf("moved out: %s", h.sources(all))
		}
		h.must(h.Move(context.Background(), h.sc, h.named("tea.md").ID, "hr/tea.md"))
		if h.sources(all) != "free.md hr/b.txt" {
			t.Errorf("moved in: %s", h.sources(all))
		}
		_, err = h.take(h.sc, "hr/.access", "")
		h.must(err)
		if h.sources(all) != "free.md hr/b.txt hr/tea.md" {
			t.Errorf("taken away: %s", h.sources(all))
		}
		if err := h.Move(context.Background(), h.sc, h.named("free.md").ID, "x/.access"); wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("a document became a .access file: %v", err)
		}
	})
}

// Whoever edits is refused in the same words wherever something hidden may lie, and changes nothing.
func TestHiddenPlaces(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, cfg store.Config) {
		ctx := context.Background()
		h := open(t, cfg)
		h.add("tea.md", tea)
		ed := h.person("ed", auth.Editor)
		_, err := h.take(h.sc, "hr/.access", "read: group:hr", "hr/a.md", tea, "board.md", "---\naccess: group:board\n---\n# Board\n\nA takeover.\n", "free.csv", "n,access\nx,group:board\ny,\n")
		h.must(err)
		before := h.named("hr/a.md")
		var said []string
		for _, source := range []string{"hr/a.md", "hr/nothing.md", "board.md", "free.csv", "hr/.access"} {
			_, err := h.take(h.as(ed), source, "# Mine\n\nWords.\n")
			if wenyuan.CodeOf(err) != wenyuan.Denied {
				t.Errorf("%s: %v", source, err)
				continue
			}
			said = append(said, err.Error()[strings.LastIndex(err.Error(), ": ")+1:])
		}
		for _, s := range said {
			if strings.TrimSpace(s) != strings.TrimSpace(said[0]) {
				t.Errorf("it is refused in different words: %q", said)
			}
		}
		if now := h.named("hr/a.md"); now.Hash != before.Hash {
			t.Error("a hidden document was changed")
		}
		plain := h.named("tea.md")
		for _, to := range []string{"hr/a.md", "hr/nothing.md", "board.md"} {
			if err := h.Move(ctx, h.as(ed), plain.ID, to); wenyuan.CodeOf(err) != wenyuan.Denied {
				t.Errorf("move to %s: %v", to, err)
			}
		}
		if _, err := h.Remove(ctx, h.as(ed), before.ID); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("remove what is hidden: %v", err)
		}
		if _, err := h.Remove(ctx, h.as(ed), h.named("free.csv#rest").ID); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("remove a table of which some is hidden: %v", err)
		}

		// Of a divided table of which they see all, they are told the same: they cannot tell it from one with hidden rows.
		_, err = h.take(h.as(ed), "seen.csv", "n,access\nx,space\ny,\n")
		h.must(err)
		part := h.named("seen.csv#rest")
		docs, _, err := h.Documents(ctx, h.as(ed), "docs", corpus.DocumentFilter{})
		h.must(err)
		for _, d := range docs {
			if d.FileHash != "" {
				t.Errorf("an editor is given the hash of %s", d.File)
			}
		}
		_, add := h.take(h.as(ed), "seen.csv", "n,access\nx,space\n")
		_, remove := h.Remove(ctx, h.as(ed), part.ID)
		for what, err := range map[string]error{"add": add, "remove": remove, "move": h.Move(ctx, h.as(ed), part.ID, "other.csv")} {
			if e, ok := errors.AsType[*wenyuan.Error](err); !ok || e.Code != wenyuan.Denied || e.Message != "this may reach what you may not see" {
				t.Errorf("%s a table of which all is seen: %v", what, err)
			}
		}
		_, err = h.Remove(ctx, h.sc, part.ID)
		h.must(err)

		// What they may put somewhere, they may also hide from themselves; they hear that it was read.
		added, err := h.take(h.as(ed), "secret.md", "---\naccess: group:board\n---\n# S\n\nWords.\n", "mine.md", tea)
		h.must(err)
		if d := added.Documents; len(d) != 2 || d[0].ID != "" || d[0].State != corpus.Ready || d[0].Title != "" || d[1].ID == "" {
			t.Errorf("%+v", d)
		}
		if got := h.sources(ed); got != "free.csv#rest mine.md tea.md" {
			t.Errorf("the editor sees %s", got)
		}

		// Reading is no editing.
		viewer := h.person("vi", auth.Viewer)
		for what, err := range map[string]error{
			"add":    second(h.take(h.as(viewer), "x.md", tea)),
			"create": second(h.Create(ctx, h.as(viewer), "other")),
			"remove": second(h.Remove(ctx, h.as(viewer), plain.ID)),
			"move":   h.Move(ctx, h.as(viewer), plain.ID, "y.md"),
			"close":  h.SetClosed(ctx, h.as(viewer), "docs", true),
			"set":    h.SetReaders(ctx, h.as(viewer), "docs", []string{"public"}),
			"rules":  second(h.take(h.as(viewer), ".access", "read: public")),
		} {
			if wenyuan.CodeOf(err) != wenyuan.Denied {
				t.Errorf("a viewer may %s: %v", what, err)
			}
		}
		h.must(h.SetReaders(ctx, h.sc, "docs", []string{"group:hr"}))
		if got := h.sources(viewer); got != "no corpus" {
			t.Errorf("the viewer sees %s", got)
		}
		if cs, err := h.Corpora(ctx, h.as(viewer)); err != nil || len(cs) != 0 {
			t.Errorf("the viewer lists %v, %v", cs, err)
		}
		if err := h.SetReaders(ctx, h.as(ed), "docs", []string{"space"}); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("an editor opened what they do not see: %v", err)
		}
		_, there := h.Corpus(ctx, h.as(viewer), "docs")
		_, nowhere := h.Corpus(ctx, h.as(viewer), "doc5")
		if strings.Replace(fmt.Sprint(nowhere), "doc5", "docs", 1) != fmt.Sprint(there) {
			t.Errorf("what is hidden is %v, what is not there %v", there, nowhere)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// The bytes of a file that could not be read might say that not everybody may read them.
func TestUnreadOriginal(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	ctx := context.Background()
	h.add("bad.pdf", "%PDF-1.4 nothing")
	d := h.named("bad.pdf")
	if d.State != corpus.Failed {
		t.Fatalf("%+v", d)
	}
	if _, _, _, err := h.Original(ctx, h.as(h.person("ed", auth.Editor)), d.ID, ""); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("an editor gets it: %v", err)
	}
	if got := h.original(h.sc, d.ID); !bytes.HasPrefix([]byte(got), []byte("%PDF")) {
		t.Errorf("the machine gets %q", got)
	}
}

// What was written for a few is not opened by what is written later; what was set by hand opens
// all of it.
func TestEarlierRevision(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	ctx := context.Background()
	li, bo := h.person("li", auth.Asker), h.person("bo", auth.Asker)
	first := func(body string) string {
		h.add("plan.md", body)
		return h.named("plan.md").Revision
	}
	draft := first("---\naccess: person:li\n---\n# Plan\n\nThe draft costs 5 million.\n")
	broken := first("---\naccess: everyone\n---\n# Plan\n\nThe draft costs 4 million.\n")
	first("# Plan\n\nThe plan costs 1 million.\n")
	id := h.named("plan.md").ID
	reads := func(who auth.Identity, revision string) bool {
		sc := h.as(who)
		_, text := h.Revision(ctx, sc, id, revision)
		_, passages := h.DocumentPassages(ctx, sc, id, revision[:6])
		f, _, _, bytes := h.Original(ctx, sc, id, revision)
		if bytes == nil {
			f.Close()
		}
		for _, err := range []error{text, passages, bytes} {
			if err != nil && wenyuan.CodeOf(err) != wenyuan.NotFound || (err == nil) != (text == nil) {
				t.Errorf("%v, %v, %v", text, passages, bytes)
			}
		}
		return text == nil
	}
	if !reads(li, draft) || reads(bo, draft) || reads(li, broken) || reads(bo, broken) {
		t.Errorf("the draft is read by li: %t, by bo: %t; the broken one by li: %t, by bo: %t", reads(li, draft), reads(bo, draft), reads(li, broken), reads(bo, broken))
	}
	if _, err := h.Revision(ctx, h.sc, id, draft); err != nil {
		t.Errorf("who sees everything: %v", err)
	}
	if _, err := h.auth.Grant(ctx, h.sc, auth.Grant{On: id, Read: []string{"space"}}); err != nil {
		t.Fatal(err)
	}
	if !reads(bo, draft) {
		t.Error("it was set by hand that everybody reads it")
	}
}
