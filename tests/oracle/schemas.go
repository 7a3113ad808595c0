// The OpenAPI documents of the API server, and the type converters made from them. The
// documents lie in a folder `openapi` beside the binary's own, where `build` puts them, or in
// the folder that PLIMSOLL_ORACLE_OPENAPI names.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/kube-openapi/pkg/spec3"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

var (
	documents  = map[schema.GroupVersion]map[string]*spec.Schema{}
	converters = map[schema.GroupVersion]managedfields.TypeConverter{}
)

func openapiFolder() (string, error) {
	if folder := os.Getenv("PLIMSOLL_ORACLE_OPENAPI"); folder != "" {
		return folder, nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return "", err
	}
	return filepath.Join(filepath.Dir(filepath.Dir(self)), "openapi"), nil
}

// schemas returns components.schemas of the document of one group and version.
func schemas(gv schema.GroupVersion) (map[string]*spec.Schema, error) {
	if known, ok := documents[gv]; ok {
		return known, nil
	}
	folder, err := openapiFolder()
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("apis__%s__%s_openapi.json", gv.Group, gv.Version)
	if gv.Group == "" {
		name = fmt.Sprintf("api__%s_openapi.json", gv.Version)
	}
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return nil, err
	}
	var document spec3.OpenAPI
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	documents[gv] = document.Components.Schemas
	return document.Components.Schemas, nil
}

func converter(gv schema.GroupVersion) (managedfields.TypeConverter, error) {
	if known, ok := converters[gv]; ok {
		return known, nil
	}
	models, err := schemas(gv)
	if err != nil {
		return nil, err
	}
	made, err := managedfields.NewTypeConverter(models, false)
	if err != nil {
		return nil, err
	}
	converters[gv] = made
	return made, nil
}

// loose reads an object without its type; apiVersion and kind come from the request where the
// object names none.
func loose(text json.RawMessage, kind schema.GroupVersionKind) (*unstructured.Unstructured, error) {
	content := map[string]any{}
	if err := utiljson.Unmarshal(text, &content); err != nil {
		return nil, fmt.Errorf("object: %w", err)
	}
	object := &unstructured.Unstructured{Object: content}
	if object.GetAPIVersion() == "" {
		object.SetAPIVersion(kind.GroupVersion().String())
	}
	if object.GetKind() == "" {
		object.SetKind(kind.Kind)
	}
	return object, nil
}
