package web

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts requests for Prometheus, by route and never by record.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec

	mu    sync.RWMutex
	known map[series]figures
}

// series is what a request is counted under, figures are where. They are remembered,
// because finding them by their labels costs more than counting.
type series struct {
	method, route string
	status        int
}

type figures struct {
	requests prometheus.Counter
	seconds  prometheus.Observer
}

// NewMetrics makes a registry of its own, with the process's figures.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "muster_http_requests_total", Help: "Requests by method, route and status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "muster_http_request_seconds", Help: "Time to answer by method and route, in seconds.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5},
		}, []string{"method", "route"}),
		known: map[series]figures{},
	}
	m.registry.MustRegister(m.requests, m.seconds, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *Metrics) observe(method, route string, status int, took time.Duration) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
	default:
		method = "other" // an unknown method must not make a new series
	}
	f := m.figuresOf(series{method, route, status})
	f.requests.Inc()
	f.seconds.Observe(took.Seconds())
}

func (m *Metrics) figuresOf(at series) figures {
	m.mu.RLock()
	f, ok := m.known[at]
	m.mu.RUnlock()
	if ok {
		return f
	}
	f = figures{
		requests: m.requests.WithLabelValues(at.method, at.route, strconv.Itoa(at.status)),
		seconds:  m.seconds.WithLabelValues(at.method, at.route),
	}
	m.mu.Lock()
	m.known[at] = f
	m.mu.Unlock()
	return f
}

// Handler serves the figures; it belongs on a listener that the public cannot reach.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
