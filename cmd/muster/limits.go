package main

import (
	"time"

	"muster/models"
	"muster/web/scimv2"
)

// scimLimits bound what SCIM clients may ask. The defaults fit every known
// identity provider; each refusal names the limit that it met.
type scimLimits struct {
	Body           int `help:"Largest body of a request, in bytes." default:"1048576" env:"MUSTER_SCIM_BODY"`
	Depth          int `help:"Deepest nesting of JSON." default:"32" env:"MUSTER_SCIM_DEPTH"`
	FilterLength   int `help:"Longest filter, in characters." default:"4096" env:"MUSTER_SCIM_FILTER_LENGTH"`
	FilterDepth    int `help:"Deepest nesting of a filter." default:"20" env:"MUSTER_SCIM_FILTER_DEPTH"`
	FilterTerms    int `help:"Most comparisons in a filter." default:"50" env:"MUSTER_SCIM_FILTER_TERMS"`
	Operations     int `help:"Most operations in one PATCH." default:"1000" env:"MUSTER_SCIM_OPERATIONS"`
	Members        int `help:"Most members in one request." default:"10000" env:"MUSTER_SCIM_MEMBERS"`
	Page           int `help:"Most resources in one answer." default:"1000" env:"MUSTER_SCIM_PAGE"`
	DefaultPage    int `help:"Resources in an answer when the client names no count." default:"100" env:"MUSTER_SCIM_DEFAULT_PAGE"`
	BulkOperations int `help:"Most operations in one bulk request." default:"1000" env:"MUSTER_SCIM_BULK_OPERATIONS"`
	BulkBody       int `help:"Largest body of a bulk request, in bytes." default:"4194304" env:"MUSTER_SCIM_BULK_BODY"`
	Rate           int `help:"Most requests per second of one token, on average; 0 for no limit." default:"10000" env:"MUSTER_SCIM_RATE"`
	Concurrent     int `help:"Most requests of one token under way at the same time; 0 for no limit." default:"256" env:"MUSTER_SCIM_CONCURRENT"`
}

// check refuses a limit under which nothing would work.
func (l scimLimits) check() error {
	for _, v := range []struct {
		flag         string
		value, least int
	}{
		{"scim-body", l.Body, 1024},
		{"scim-depth", l.Depth, 6},
		{"scim-filter-length", l.FilterLength, 64},
		{"scim-filter-depth", l.FilterDepth, 2},
		{"scim-filter-terms", l.FilterTerms, 2},
		{"scim-operations", l.Operations, 1},
		{"scim-members", l.Members, 1},
		{"scim-page", l.Page, 1},
		{"scim-default-page", l.DefaultPage, 1},
		{"scim-bulk-operations", l.BulkOperations, 1},
		{"scim-bulk-body", l.BulkBody, 1024},
		{"scim-rate", l.Rate, 0},
		{"scim-concurrent", l.Concurrent, 0},
	} {
		if v.value < v.least {
			return models.Errorf(models.Invalid, v.flag, "--%s cannot be %d.", v.flag, v.value).
				WithAdvice("Set it to at least %d.", v.least)
		}
	}
	return nil
}

func (l scimLimits) limits() scimv2.Limits {
	out := scimv2.DefaultLimits()
	out.Bytes, out.Depth, out.Operations, out.Values = l.Body, l.Depth, l.Operations, l.Members
	out.Filter.Length, out.Filter.Depth, out.Filter.Terms = l.FilterLength, l.FilterDepth, l.FilterTerms
	out.Page, out.DefaultPage = l.Page, min(l.DefaultPage, l.Page)
	out.BulkOperations, out.BulkBytes = l.BulkOperations, l.BulkBody
	return out
}

func (l scimLimits) rate(now func() time.Time) *scimv2.Rate {
	return scimv2.NewRate(scimv2.RateOptions{PerSecond: l.Rate, Concurrent: l.Concurrent, Now: now})
}
