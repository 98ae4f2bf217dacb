package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"wenyuan"
	"wenyuan/answer"
	kept "wenyuan/version"
)

type assistantVerbs struct {
	List     assistantListCmd     `cmd:"" help:"assistant_list"`
	Show     assistantShowCmd     `cmd:"" help:"assistant_show"`
	Save     assistantSaveCmd     `cmd:"" help:"assistant_save"`
	Remove   assistantRemoveCmd   `cmd:"" help:"assistant_remove"`
	Versions assistantVersionsCmd `cmd:"" help:"assistant_versions"`
	Split    assistantSplitCmd    `cmd:"" help:"assistant_split"`
	Share    assistantShareCmd    `cmd:"" help:"assistant_share"`
	Unshare  assistantUnshareCmd  `cmd:"" help:"assistant_unshare"`
}

func (assistantVerbs) Help() string {
	return "  $ wenyuan assistant show rocketmq > support.yaml\n  $ wenyuan assistant save support.yaml --name support"
}

type assistantListCmd struct{}

func (assistantListCmd) Help() string { return "  $ wenyuan assistant list --json" }

// Run lists.
func (assistantListCmd) Run(s *session) error {
	type list struct {
		Assistants []answer.Assistant `json:"assistants"`
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/assistants", nil, func(w io.Writer, list list) {
			t := &table{}
			for _, a := range list.Assistants {
				model := a.Model
				if model == "" && !a.Partial {
					model = s.say("the documents' own sentences", "文档原句")
				}
				t.row(a.Name, strings.Join(a.Corpora, ", "), model, a.Unsupported, a.Hash[:min(12, len(a.Hash))])
			}
			t.write(w)
		})
	})
}

type assistantShowCmd struct {
	Name    string `arg:"" help:"assistant_name"`
	Version string `help:"assistant_version" placeholder:"HASH"`
}

func (assistantShowCmd) Help() string { return "  $ wenyuan assistant show rocketmq > support.yaml" }

// Run shows the settings in the form that save reads.
func (v *assistantShowCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		path := address("/api/assistants/"+url.PathEscape(v.Name), "version", v.Version)
		b, err := c.raw(s.ctx, http.MethodGet, path, nil)
		if err != nil {
			return err
		}
		if s.json {
			_, err := s.stdout.Write(b)
			return err
		}
		text, err := yaml.JSONToYAML(b)
		if err != nil {
			return fmt.Errorf("assistant show: %w", err)
		}
		if _, err = s.stdout.Write(derived.ReplaceAll(text, nil)); err != nil {
			return err
		}
		return v.shared(s, c)
	})
}

// shared adds with whom the assistant is shared, as a comment: it is no setting. Who may not know
// sees nothing of it.
func (v *assistantShowCmd) shared(s *session, c *client) error {
	b, err := c.raw(s.ctx, http.MethodGet, sharesOf(v.Name), nil)
	if wenyuan.CodeOf(err) == wenyuan.Denied || wenyuan.CodeOf(err) == wenyuan.NotFound {
		return nil
	}
	var shares shareList
	if err := cmp.Or(err, json.Unmarshal(b, &shares)); err != nil {
		return err
	}
	for _, who := range shares.With {
		if _, err := fmt.Fprintln(s.stdout, s.say("# shared with %s", "# 共享给 %s", who)); err != nil {
			return err
		}
	}
	return nil
}

type shareList struct {
	With []string `json:"with"`
}

type assistantShareCmd struct {
	Name string   `arg:"" help:"assistant_name"`
	With []string `required:"" help:"assistant_with" placeholder:"WHO"`
}

func (assistantShareCmd) Help() string {
	return "  $ wenyuan assistant share support --with person:ann@example.com --with group:sales"
}

// Run shares it.
func (v *assistantShareCmd) Run(s *session) error {
	return shareWith(s, http.MethodPut, sharesOf(v.Name), v.Name, shareList{v.With})
}

type assistantUnshareCmd struct {
	Name string   `arg:"" help:"assistant_name"`
	With []string `help:"assistant_without" placeholder:"WHO"`
}

func (assistantUnshareCmd) Help() string {
	return "  $ wenyuan assistant unshare support --with group:sales"
}

// Run takes it back.
func (v *assistantUnshareCmd) Run(s *session) error {
	return shareWith(s, http.MethodDelete, address(sharesOf(v.Name), "with", strings.Join(v.With, ",")), v.Name, nil)
}

func sharesOf(assistant string) string {
	return "/api/assistants/" + url.PathEscape(assistant) + "/shares"
}

func shareWith(s *session, method, path, name string, body any) error {
	return s.with(func(c *client) error {
		return result(s, c, method, path, body, func(w io.Writer, shares shareList) {
			if len(shares.With) == 0 {
				fmt.Fprintln(w, s.say("%s is shared with nobody.", "%s 没有共享给任何人。", name))
				return
			}
			fmt.Fprintln(w, s.say("%s is shared with %s.", "%s 共享给 %s。", name, strings.Join(shares.With, ", ")))
		})
	})
}

// derived are the fields that follow from others, and would stand in the way of who edits these.
var derived = regexp.MustCompile(`(?m)^(?:hash|corpus|partial): .*\n`)

type assistantSaveCmd struct {
	File string `arg:"" help:"assistant_file"`
	Name string `help:"assistant_as" placeholder:"NAME"`
}

func (assistantSaveCmd) Help() string {
	return "  $ wenyuan assistant save support.yaml\n  $ wenyuan assistant save - --name support < support.json"
}

// maxSettings bounds the file of an assistant, in bytes.
const maxSettings = 4 << 20

// Run saves a new version.
func (v *assistantSaveCmd) Run(s *session) error {
	settings, name, err := v.read()
	if err != nil {
		return err
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPut, "/api/assistants/"+url.PathEscape(name), settings, func(w io.Writer, a answer.Assistant) {
			fmt.Fprintln(w, s.say("saved %s as version %s", "已保存 %s，版本 %s", a.Name, a.Hash))
		})
	})
}

// read gives the settings of the file as JSON, and the name they are saved under.
func (v *assistantSaveCmd) read() (json.RawMessage, string, error) {
	var in io.Reader = os.Stdin
	if v.File != "-" {
		f, err := os.Open(v.File)
		if err != nil {
			return nil, "", &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("%s cannot be read", v.File), Hint: "name the file with the settings of the assistant", Err: err}
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxSettings+1))
	if err != nil {
		return nil, "", err
	}
	if len(b) > maxSettings {
		return nil, "", &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("%s has more than 4 MiB", v.File), Hint: "keep long material in documents"}
	}
	raw, err := yaml.YAMLToJSON(b) // JSON is YAML too
	if err != nil {
		return nil, "", &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%s is neither YAML nor JSON: %s", v.File, firstLine(err)), Hint: "start from: wenyuan assistant show NAME", Err: err}
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, "", &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%s does not hold the settings of an assistant", v.File), Hint: "start from: wenyuan assistant show NAME", Err: err}
	}
	name := v.Name
	if name == "" {
		if err := json.Unmarshal(fields["name"], &name); err != nil || name == "" {
			return nil, "", &wenyuan.Error{Code: wenyuan.Invalid, Message: "the assistant has no name", Hint: "write name: NAME into the file, or give --name NAME"}
		}
	}
	delete(fields, "name")
	raw, err = json.Marshal(fields)
	return raw, name, err
}

// firstLine is what an error says before it draws the place.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

type assistantRemoveCmd struct {
	Name string `arg:"" help:"assistant_name"`
}

func (assistantRemoveCmd) Help() string { return "  $ wenyuan assistant remove support" }

// Run takes an assistant out of use.
func (v *assistantRemoveCmd) Run(s *session) error {
	type gone struct {
		Removed string `json:"removed"`
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodDelete, "/api/assistants/"+url.PathEscape(v.Name), nil, func(w io.Writer, g gone) {
			fmt.Fprintln(w, s.say("removed %s; its versions are kept", "已移除 %s，各版本仍保留", g.Removed))
		})
	})
}

type assistantVersionsCmd struct {
	Name string `arg:"" help:"assistant_name"`
}

func (assistantVersionsCmd) Help() string { return "  $ wenyuan assistant versions support" }

// Run lists the versions.
func (v *assistantVersionsCmd) Run(s *session) error {
	type list struct {
		Versions []kept.Kept `json:"versions"`
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/assistants/"+url.PathEscape(v.Name)+"/versions", nil, func(w io.Writer, list list) {
			t := &table{}
			for _, k := range list.Versions {
				t.row(k.Hash, moment(k.Created))
			}
			t.write(w)
			fmt.Fprintln(w, s.say("%d versions", "%d 个版本", len(list.Versions)))
		})
	})
}
