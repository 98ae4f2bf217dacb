package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/guard/train"
)

// guardTrainCmd makes the models that ship with the program.
type guardTrainCmd struct {
	Which  string `arg:"" optional:"" default:"all" enum:"direct,indirect,content,all" help:"guard_train_which"`
	Data   string `name:"sets" help:"guard_train_sets" placeholder:"DIR" required:""`
	Out    string `help:"guard_train_out" placeholder:"DIR" default:"."`
	Report bool   `help:"guard_train_report"`
}

func (guardTrainCmd) Help() string {
	return "  $ wenyuan guard train direct --sets data --out .\n  $ wenyuan guard train all --sets data --out /tmp/models --report --json"
}

// A trained is one model that was written.
type trained struct {
	Name   string        `json:"name"`
	File   string        `json:"file"`
	Bytes  int           `json:"bytes"`
	Report *train.Report `json:"report"`
}

// Run makes the models and writes each where the tree has it, below the given folder.
func (v *guardTrainCmd) Run(s *session) error {
	names := train.Names()
	if v.Which != "all" {
		names = slices.DeleteFunc(names, func(n string) bool { return n != v.Which && !strings.HasPrefix(n, v.Which+"-") }) // content is made of two
	}
	bars := s.progress()
	defer bars.end()
	var all []trained
	for _, name := range names {
		file, report, err := train.Make(s.ctx, v.Data, name, train.Options{Report: v.Report, Progress: bars.step})
		if err != nil {
			return err
		}
		path := filepath.Join(v.Out, filepath.FromSlash(train.File(name)))
		if err := writeModel(path, file); err != nil {
			return err
		}
		all = append(all, trained{name, path, len(file), report})
	}
	bars.end()
	return s.give(all, func(w io.Writer) { writeTrained(w, all) })
}

func writeModel(path string, file []byte) error {
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, file, 0o644)
	}
	if err != nil {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%s cannot be written", path), Hint: "give a folder that may be written to", Err: err}
	}
	return nil
}

func writeTrained(w io.Writer, all []trained) {
	for _, one := range all {
		fmt.Fprintf(w, "%s  %d bytes  %d examples\n", one.File, one.Bytes, one.Report.Model.Examples)
		t := &table{}
		for _, f := range one.Report.Figures {
			t.row(f.How, f.Class, f.Label, f.Source, f.Lang, fmt.Sprintf("%d / %d", f.Caught, f.Rows), fmt.Sprintf("%.3f (%.3f to %.3f)", f.Rate, f.Low, f.High))
		}
		t.write(w)
		fmt.Fprintln(w)
	}
}
