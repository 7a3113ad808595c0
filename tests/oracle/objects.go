// Typed objects: the operations `default`, `store` and `validate`. Admission plugins and what
// the storage allocates (cluster IPs, node ports) are not part of it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	genericvalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/api/validation/path"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	genericrequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/core"
	kjson "sigs.k8s.io/json"
)

// typed reads an object into its Go type. Unknown and repeated fields come back apart, as
// fieldValidation=Strict would report them; what cannot be read at all is an error.
func typed(text json.RawMessage, kind schema.GroupVersionKind) (runtime.Object, []string, error) {
	object, err := legacyscheme.Scheme.New(kind)
	if err != nil {
		return nil, nil, err
	}
	findings, err := kjson.UnmarshalStrict(text, object)
	if err != nil {
		return nil, nil, err
	}
	object.GetObjectKind().SetGroupVersionKind(kind)
	var strict []string
	for _, finding := range findings {
		strict = append(strict, finding.Error())
	}
	return object, strict, nil
}

type objectResult struct {
	Object any      `json:"object"`
	Strict []string `json:"strict,omitempty"`
}

// defaulted applies the defaults of the object's version and nothing else.
func defaulted(r request) (any, error) {
	object, strict, err := typed(r.Object, r.GVK.native())
	if err != nil {
		return nil, err
	}
	legacyscheme.Scheme.Default(object)
	return objectResult{object, strict}, nil
}

// prepared is an object in its internal form, as the API server holds it just before it
// validates a write.
type prepared struct {
	object, old runtime.Object
	strategy    strategy
	context     context.Context
	strict      []string
}

func internal(text json.RawMessage, kind schema.GroupVersionKind) (runtime.Object, []string, error) {
	versioned, strict, err := typed(text, kind)
	if err != nil {
		return nil, nil, err
	}
	legacyscheme.Scheme.Default(versioned)
	object, err := legacyscheme.Scheme.ConvertToVersion(versioned, schema.GroupVersion{Group: kind.Group, Version: runtime.APIVersionInternal})
	return object, strict, err
}

func prepare(r request) (prepared, error) {
	kind := r.GVK.native()
	p := prepared{strategy: strategies[kind]}
	if p.strategy == nil {
		return p, fmt.Errorf("no strategy for %s", kind)
	}
	var err error
	if p.object, p.strict, err = internal(r.Object, kind); err != nil {
		return p, err
	}
	accessor, err := meta.Accessor(p.object)
	if err != nil {
		return p, err
	}
	if p.strategy.NamespaceScoped() && accessor.GetNamespace() == "" {
		accessor.SetNamespace("default")
	}
	resource := strings.ToLower(kind.Kind) + "s"
	p.context = genericrequest.WithRequestInfo(
		genericrequest.WithNamespace(context.Background(), accessor.GetNamespace()),
		&genericrequest.RequestInfo{
			IsResourceRequest: true, APIGroup: kind.Group, APIVersion: kind.Version,
			Resource: resource, Namespace: accessor.GetNamespace(), Name: accessor.GetName(),
		})
	if len(r.Old) == 0 || string(r.Old) == "null" {
		// The registry fills these before it calls the strategy; the uid is fixed here.
		if accessor.GetUID() == "" {
			accessor.SetUID(types.UID("00000000-0000-0000-0000-000000000000"))
		}
		p.strategy.PrepareForCreate(p.context, p.object)
		return p, nil
	}
	if p.old, _, err = internal(r.Old, kind); err != nil {
		return p, fmt.Errorf("old: %w", err)
	}
	before, err := meta.Accessor(p.old)
	if err != nil {
		return p, err
	}
	if p.strategy.NamespaceScoped() && before.GetNamespace() == "" {
		before.SetNamespace("default")
	}
	if before.GetResourceVersion() == "" {
		before.SetResourceVersion("1")
	}
	accessor.SetGeneration(before.GetGeneration())
	accessor.SetCreationTimestamp(before.GetCreationTimestamp())
	if accessor.GetUID() == "" {
		accessor.SetUID(before.GetUID())
	}
	if accessor.GetResourceVersion() == "" {
		accessor.SetResourceVersion(before.GetResourceVersion())
	}
	if service, ok := p.object.(*core.Service); ok {
		keepClusterIPs(service, p.old.(*core.Service))
	}
	p.strategy.PrepareForUpdate(p.context, p.object, p.old)
	return p, nil
}

// keepClusterIPs does what the Service registry does to an update that names no address.
func keepClusterIPs(service, old *core.Service) {
	needs := func(s *core.Service) bool { return s.Spec.Type != core.ServiceTypeExternalName }
	if !needs(service) || !needs(old) {
		return
	}
	if service.Spec.ClusterIP == "" {
		service.Spec.ClusterIP = old.Spec.ClusterIP
	}
	if len(service.Spec.ClusterIPs) == 0 {
		service.Spec.ClusterIPs = old.Spec.ClusterIPs
	}
}

// stored gives the object as the API server would write it: defaulted, prepared by the
// registry's strategy (status reset, stringData merged, generated selectors), canonical.
func stored(r request) (any, error) {
	p, err := prepare(r)
	if err != nil {
		return nil, err
	}
	p.strategy.Canonicalize(p.object)
	kind := r.GVK.native()
	versioned, err := legacyscheme.Scheme.ConvertToVersion(p.object, kind.GroupVersion())
	if err != nil {
		return nil, err
	}
	versioned.GetObjectKind().SetGroupVersionKind(kind)
	return objectResult{versioned, p.strict}, nil
}

type finding struct {
	Field  string `json:"field"`
	Type   string `json:"type"`
	Detail string `json:"detail"`
	Value  any    `json:"value,omitempty"`
}

type findings struct {
	Errors []finding `json:"errors"`
	Strict []string  `json:"strict,omitempty"`
}

// validate gives the causes of the 422 that the API server would answer, or none.
func validate(r request) (any, error) {
	p, err := prepare(r)
	if err != nil {
		return nil, err
	}
	var errs field.ErrorList
	if p.old == nil {
		errs = p.strategy.Validate(p.context, p.object)
		if accessor, err := meta.Accessor(p.object); err == nil && len(errs) == 0 {
			errs = genericvalidation.ValidateObjectMetaAccessor(accessor, p.strategy.NamespaceScoped(), path.ValidatePathSegmentName, field.NewPath("metadata"))
		}
	} else {
		errs = p.strategy.ValidateUpdate(p.context, p.object, p.old)
	}
	result := findings{Errors: []finding{}, Strict: p.strict}
	for _, e := range errs {
		f := finding{Field: e.Field, Type: string(e.Type), Detail: e.Detail}
		f.Value = scalar(e.BadValue)
		result.Errors = append(result.Errors, f)
	}
	return result, nil
}

// scalar gives the plain value behind named types and pointers, and nil for structures, which
// are of internal types that no client knows.
func scalar(bad any) any {
	value := reflect.ValueOf(bad)
	for value.Kind() == reflect.Pointer && !value.IsNil() {
		value = value.Elem()
	}
	switch {
	case value.Kind() == reflect.String && value.Len() > 0:
		return value.String()
	case value.Kind() == reflect.Bool:
		return value.Bool()
	case value.CanInt():
		return value.Int()
	}
	return nil
}
