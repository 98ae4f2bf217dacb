//go:build ignore

// Command make writes the schemas that rendered manifests are checked against, from the releases
// that publish them, as the Go module proxy has them:
//
//	go run deploy/testdata/schemas/make.go          # writes
//	go run deploy/testdata/schemas/make.go -check   # fails where what is kept differs
//
// Of Kubernetes' API it keeps the definitions that the kinds need which are rendered. Descriptions
// are left out. Objects are closed, so that a field that is not known is an error, as strict
// decoding has it. The schemas are under the Apache License 2.0, as their projects are.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
)

// The releases.
const (
	kubernetes = "k8s.io/kubernetes@v1.32.0"
	keda       = "github.com/kedacore/keda/v2@v2.16.0"
	prometheus = "github.com/prometheus-operator/prometheus-operator@v0.76.0"
	compose    = "github.com/compose-spec/compose-go/v2@v2.4.7"
)

// kinds are those that are rendered, by their names in the API.
var kinds = []string{
	"io.k8s.api.apps.v1.Deployment", "io.k8s.api.apps.v1.StatefulSet", "io.k8s.api.core.v1.ConfigMap", "io.k8s.api.core.v1.PersistentVolumeClaim",
	"io.k8s.api.core.v1.Service", "io.k8s.api.core.v1.ServiceAccount", "io.k8s.api.networking.v1.Ingress", "io.k8s.api.networking.v1.NetworkPolicy",
	"io.k8s.api.policy.v1.PodDisruptionBudget", "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
}

var check = flag.Bool("check", false, "compare, and write nothing")

func main() {
	flag.Parse()
	write("kubernetes.json", api(read(kubernetes, "api/openapi-spec/swagger.json")))
	write("keda-scaledobject.json", crd(read(keda, "config/crd/bases/keda.sh_scaledobjects.yaml"), "v1alpha1"))
	write("servicemonitor.json", crd(read(prometheus, "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml"), "v1"))
	var spec map[string]any
	must(json.Unmarshal(read(compose, "schema/compose-spec.json"), &spec))
	write("compose.json", spec)
}

// read gives a file of a module, which is had from the proxy and held to its sum.
func read(module, file string) []byte {
	cmd := exec.Command("go", "mod", "download", "-json", module)
	cmd.Dir, cmd.Stderr = os.TempDir(), os.Stderr
	out, err := cmd.Output()
	must(err)
	var at struct{ Dir string }
	must(json.Unmarshal(out, &at))
	b, err := os.ReadFile(filepath.Join(at.Dir, file))
	must(err)
	return b
}

// api gives the definitions that the kinds need.
func api(b []byte) map[string]any {
	var doc struct{ Definitions map[string]map[string]any }
	must(json.Unmarshal(b, &doc))
	out := map[string]any{}
	var need func(name string)
	need = func(name string) {
		if out[name] != nil {
			return
		}
		d, ok := doc.Definitions[name]
		if !ok {
			log.Fatalf("%s is not in %s", name, kubernetes)
		}
		out[name] = d
		closed(d)
		for _, ref := range refs(d) {
			need(strings.TrimPrefix(ref, "#/definitions/"))
		}
	}
	for _, k := range kinds {
		need(k)
	}
	return map[string]any{"$schema": "http://json-schema.org/draft-07/schema#", "definitions": out}
}

func crd(b []byte, version string) map[string]any {
	var doc struct {
		Spec struct {
			Versions []struct {
				Name   string
				Schema struct {
					Open map[string]any `yaml:"openAPIV3Schema"`
				}
			}
		}
	}
	must(yaml.Unmarshal(b, &doc))
	for _, v := range doc.Spec.Versions {
		if v.Name == version {
			closed(v.Schema.Open)
			meta := v.Schema.Open["properties"].(map[string]any)["metadata"].(map[string]any)
			delete(meta, "additionalProperties")
			v.Schema.Open["$schema"] = "http://json-schema.org/draft-07/schema#"
			return v.Schema.Open
		}
	}
	log.Fatalf("no version %s", version)
	return nil
}

// closed leaves descriptions out, says that what is not named is not there, and writes what only
// Kubernetes knows as JSON Schema does.
func closed(x any) {
	switch x := x.(type) {
	case map[string]any:
		if _, ok := x["description"].(string); ok {
			delete(x, "description")
		}
		if x["format"] == "int-or-string" || x["x-kubernetes-int-or-string"] == true {
			for key := range x {
				delete(x, key)
			}
			x["type"] = []any{"integer", "string"}
		}
		for key, v := range x {
			if strings.HasPrefix(key, "x-kubernetes-") && key != "x-kubernetes-preserve-unknown-fields" {
				delete(x, key)
			} else if key == "properties" {
				for _, p := range v.(map[string]any) {
					closed(p)
				}
			} else {
				closed(v)
			}
		}
		if _, ok := x["properties"].(map[string]any); ok && x["x-kubernetes-preserve-unknown-fields"] != true && x["additionalProperties"] == nil {
			x["additionalProperties"] = false
		}
	case []any:
		for _, v := range x {
			closed(v)
		}
	}
}

func refs(x any) (all []string) {
	switch x := x.(type) {
	case map[string]any:
		for key, v := range x {
			if s, ok := v.(string); ok && key == "$ref" {
				all = append(all, s)
			} else {
				all = append(all, refs(v)...)
			}
		}
	case []any:
		for _, v := range x {
			all = append(all, refs(v)...)
		}
	}
	return all
}

func write(name string, v any) {
	b, err := json.MarshalIndent(v, "", " ")
	must(err)
	b = append(b, '\n')
	name = filepath.Join("deploy/testdata/schemas", name)
	if *check {
		kept, err := os.ReadFile(name)
		must(err)
		if !bytes.Equal(kept, b) {
			log.Fatalf("%s differs from what its release publishes", name)
		}
		return
	}
	must(os.WriteFile(name, b, 0o644))
	fmt.Println(name, len(b))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
