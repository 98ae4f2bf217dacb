package parse

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wenyuan"
)

// fuzz parses whatever it is given under a name, and holds what is promised of every
// document and of every error.
func fuzz(f *testing.F, name string, wrap func(testing.TB, []byte) []byte) {
	f.Fuzz(func(t *testing.T, data []byte) {
		if wrap != nil {
			data = wrap(t, data)
		}
		start := time.Now()
		doc, err := Parse(context.Background(), name, bytes.NewReader(data), int64(len(data)), Limits{Time: 10 * time.Second, Expansion: 64 << 20, Text: 8 << 20})
		if took := time.Since(start); took > 8*time.Second {
			t.Errorf("took %s", took)
		}
		if err == nil {
			checkDocument(t, doc)
			return
		}
		if s, ok := errors.AsType[*Skipped](err); ok {
			if s.Reason == "" || s.Hint == "" {
				t.Errorf("skipped without a word: %+v", s)
			}
			return
		}
		e, ok := errors.AsType[*wenyuan.Error](err)
		if !ok || e.Message == "" || e.Hint == "" {
			t.Errorf("an error that is not for people: %v", err)
		}
		if ok && e.Err != nil && bytes.Contains([]byte(e.Err.Error()), []byte("panic")) {
			t.Errorf("a parser panicked: %v", e.Err)
		}
	})
}

func seed(f *testing.F, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
}

func FuzzMarkdown(f *testing.F) {
	seed(f, "# A\n\ntext *b* [c](d)\n\n- e\n  1. f\n\n```go\ng\n```\n\n| h | i |\n|---|---|\n| j | k |\n",
		"---\ntitle: x\n---\n:::tip a\nb\n:::\n", "<table>\n\n<tr><td>a\n\n</table>\n\nb", "a[^1]\n\n[^1]: b\n", "a\n: b\n", "![a](b)\n\n> q\n> > r", "<details>\n\n<b>\n</details>",
		"import a from 'b'\n\n<Tabs>\n<TabItem label=\"x\">\n\ny\n", "中文，\n下一行\\\n`a\nb`<br/>c&amp;&#0;&#65;", "~~~\nopen", "\u2028\u0085\x00\v\r\n")
	fuzz(f, "a.md", nil)
}

func FuzzHTML(f *testing.F) {
	seed(f, "<!DOCTYPE html><html><head><title>t</title><script>x</script></head><body><nav>n</nav><main><h1>a</h1><p>b<ul><li>c<li>d</ul><table><tr><th>e<td rowspan=3>f<tr><td>g</table></main></body>",
		"<pre><code class=language-go>a\n b</code></pre>", "<table><tr><td><table><tr><td>x</table>y<tr><td>z", "<p>a<p>b</div></p></table><td>", "<ol start=5><li><p>a</p><ol><li>b</ol></ol>",
		"<title>a<svg><title>b", "<img alt='a'><figure><figcaption>b</figure>", "<dl><dt>a<dd>b</dl><hr>c<br>d", "<td colspan=1000 rowspan=1000>a<tr><td>b", "<meta charset=gbk>\xc4\xe3\xba\xc3", "a\u00a0b&nbsp;&shy;c")
	fuzz(f, "a.html", nil)
}

func FuzzText(f *testing.F) {
	seed(f, "a\n\nb\r\n\r\nc", "\xff\xfea\x00b\x00", "\xfe\xff\x00a", "\xc4\xe3\xba\xc3", "\x00a\x00b", "a\xffb", "\xef\xbb\xbfa", "\u2029\u200b\u00ad", "<html>a", "{\\rtf", "PK\x03\x04", "%PDF-", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	fuzz(f, "a.txt", nil)
}

func FuzzCode(f *testing.F) {
	seed(f, "package a\n\nfunc b() {\n\tc()\n}\n\nfunc d() {}\n", "\n\n\n", "{\"a\": [1,\n\n2]}")
	fuzz(f, "a.go", nil)
}

func FuzzCSV(f *testing.F) {
	seed(f, "a,b\n1,2\n", "a;b\n\"c;d\";e\n", "sep=|\na|b", "\"a\n\"b\"", "a\tb\n\n\nc", "\"")
	fuzz(f, "a.csv", nil)
}

func FuzzDOCX(f *testing.F) {
	seed(f, "<w:document><w:body><w:p><w:pPr><w:pStyle w:val=\"a\"/><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"1\"/></w:numPr></w:pPr><w:r><w:t>a</w:t><w:tab/><w:br/><w:footnoteReference w:id=\"2\"/></w:r></w:p></w:body></w:document>",
		"<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val=\"3\"/><w:vMerge w:val=\"restart\"/></w:tcPr><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>",
		"<w:p><w:r><w:drawing><wp:docPr descr=\"a\"/><w:txbxContent><w:p><w:r><w:t>b</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>c</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:txbxContent></w:drawing></w:r></w:p>",
		"<w:p><w:r><w:t>a", "<!DOCTYPE a [<!ENTITY b 'c'>]><w:p/>", "<w:p></w:tbl></w:tr></w:tc></w:p></w:p>", "<w:p><w:pPr><w:pStyle w:val=\"code\"/></w:pPr><w:r><w:t xml:space=\"preserve\">  a</w:t></w:r></w:p>")
	styles := `<w:styles><w:style w:styleId="a"><w:name w:val="heading 1"/><w:basedOn w:val="b"/></w:style><w:style w:styleId="b"><w:basedOn w:val="a"/></w:style><w:style w:styleId="code"><w:name w:val="Source Code"/></w:style></w:styles>`
	numbers := `<w:numbering><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="第%1条"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>`
	fuzz(f, "a.docx", func(t testing.TB, data []byte) []byte {
		return officeFile(t, "word/styles.xml", styles, "word/numbering.xml", numbers, "word/footnotes.xml", string(data), "word/document.xml", string(data))
	})
}

func FuzzXLSX(f *testing.F) {
	seed(f, `<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1"><v>45000.5</v></c></row><row r="5"><c t="inlineStr"><is><t>a</t></is></c><c t="b"><v>1</v></c><c t="str"><v>x</v></c></row></sheetData>`,
		`<dimension ref="B2:C9"/><sheetData><row><c r="ZZZZ9"><v>1e308</v></c><c s="1"><v>44000</v></c><c s="2"><v>-1</v></c><c s="99"><v>NaN</v></c></row></sheetData>`,
		`<row r="-1"><c t="s"><v>99</v></c></row>`, `<c><v>1</v></c>`)
	fuzz(f, "a.xlsx", func(t testing.TB, data []byte) []byte {
		return officeFile(t, "xl/workbook.xml", `<workbook><sheets><sheet name="s" r:id="r"/><sheet name="h" state="hidden" r:id="r"/></sheets></workbook>`,
			"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r" Target="worksheets/sheet1.xml"/></Relationships>`,
			"xl/sharedStrings.xml", `<sst><si><t>shared</t></si></sst>`,
			"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="200" formatCode="#,##0.00&quot;元&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="200"/></cellXfs></styleSheet>`,
			"xl/worksheets/sheet1.xml", string(data))
	})
}

// FuzzZip changes Office files as wholes.
func FuzzZip(f *testing.F) {
	f.Add(officeFile(f, "word/document.xml", "<w:p><w:r><w:t>a</w:t></w:r></w:p>"))
	f.Add(officeFile(f, "xl/workbook.xml", "<workbook/>"))
	f.Add(officeFile(f, "a.txt", "a"))
	fuzz(f, "a.docx", nil)
}

func FuzzPDF(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.pdf"))
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	fuzz(f, "a.pdf", nil)
}
