package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"wenyuan/corpus"
)

type showCmd struct {
	Document string `arg:"" help:"show_document"`
	Corpus   string `help:"corpus" placeholder:"NAME"`
	Revision string `help:"show_revision" placeholder:"HASH"`
	Text     bool   `help:"show_text" xor:"what"`
	Passages bool   `help:"show_passages" xor:"what"`
}

func (showCmd) Help() string {
	return "  $ wenyuan show doc_01j8 --text\n  $ wenyuan show guide/setup.md --corpus rocketmq --revision 3fa81c --passages"
}

// Run shows a document.
func (v *showCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		id, err := c.find(s, v.Document, v.Corpus)
		if err != nil {
			return err
		}
		at := "/api/documents/" + url.PathEscape(id)
		switch {
		case v.Text:
			return v.text(s, c, id, address(at+"/text", "revision", v.Revision))
		case v.Passages:
			return result(s, c, http.MethodGet, address(at+"/passages", "revision", v.Revision), nil, func(w io.Writer, list passageList) {
				for _, p := range list.Passages {
					fmt.Fprintf(w, "%d–%d  %s\n%s\n\n", p.Start, p.End, s.place(p.Source, p.Heading, p.Page), p.Text)
				}
			})
		}
		return result(s, c, http.MethodGet, at, nil, s.document)
	})
}

// text prints exactly the extracted text; with --json it comes with what it is the text of.
func (v *showCmd) text(s *session, c *client, id, path string) error {
	resp, err := c.do(s.ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if s.json {
		b, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
		if err != nil {
			return c.broken(s.ctx, err)
		}
		return writeJSON(s.stdout, map[string]string{"document": id, "revision": resp.Header.Get("X-Wenyuan-Revision"), "text": string(b)})
	}
	if _, err := io.Copy(s.stdout, resp.Body); err != nil {
		return c.broken(s.ctx, err)
	}
	return nil
}

func (s *session) document(w io.Writer, d corpus.Document) {
	t := &table{}
	row := func(english, chinese string, value any) { t.row(s.say(english, chinese), value) }
	row("title", "标题", d.Title)
	row("source", "来源", d.Source)
	row("corpus", "语料库", d.Corpus)
	row("state", "状态", s.state(d.State))
	if d.Reason != "" {
		row("", "", s.because(d.Reason, d.Hint))
	}
	row("id", "id", d.ID)
	row("revision", "版本", d.Revision)
	row("type", "类型", d.Type)
	row("size", "大小", s.say("%d bytes, %d characters, %d passages", "%d 字节，%d 字，%d 段", d.Size, d.Chars, d.Passages))
	if d.Pages > 0 {
		row("pages", "页数", d.Pages)
	}
	if n := d.Hidden; len(n) > 0 {
		row("hidden text", "隐藏文字", s.reasons(n))
	}
	row("updated", "更新", moment(d.Updated))
	t.write(w)
}

// moment says a time in UTC microseconds in the reader's own zone.
func moment(micros int64) string { return time.UnixMicro(micros).Format(time.DateTime) }
