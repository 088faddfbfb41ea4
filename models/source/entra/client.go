package entra

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"muster/models/source"
)

// client asks Graph: one call at a time is sent, tried again where that helps, and
// decoded while it comes in.
type client struct {
	to        endpoint
	transport *transport
	signIn    *signIn
	pipeline  runtime.Pipeline
	pace      *pace
	limits    Limits
	now       func() time.Time
	random    func() float64
	sleep     func(context.Context, time.Duration) error
	log       *slog.Logger
}

func newClient(o Options, to endpoint) (*client, error) {
	t := newTransport(o, to)
	auth := &signIn{to: to, now: o.Now, by: t, make: o.Secret.maker(o.Settings, to)}
	if err := auth.renew(); err != nil {
		return nil, err
	}
	options := policy.ClientOptions{
		Transport: t,
		Retry:     policy.RetryOptions{MaxRetries: -1}, // get tries again, with the body
		Telemetry: policy.TelemetryOptions{Disabled: true},
	}
	return &client{
		to: to, transport: t, limits: o.Limits, now: o.Now, random: o.Random, sleep: o.Sleep, log: o.Log,
		signIn: auth, pace: &pace{now: o.Now, budget: o.Limits.Budget},
		pipeline: runtime.NewPipeline("muster", version, runtime.PipelineOptions{PerRetry: []policy.Policy{auth}}, &options),
	}, nil
}

// call is one question to Graph.
type call struct {
	url    string // whole, on the configured host
	units  int    // what it costs of the tenant's budget
	low    bool   // gives way to others when the tenant is throttled
	header map[string]string
	decode func(io.Reader) error // reads an answer of status 200; called anew for each attempt
}

// get asks until there is a whole answer, or a reason why not.
func (c *client) get(ctx context.Context, q call) error {
	if err := c.pin(q.url); err != nil {
		return err
	}
	var throttles, attempts int
	for {
		if err := c.wait(ctx, q.units); err != nil {
			return err
		}
		err := c.attempt(ctx, q)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err() //nolint:wrapcheck // the context’s own word
		}
		f, ok := source.AsFailure(err)
		var throttled *retryAfter
		switch {
		case !ok:
			return err
		case errors.As(err, &throttled):
			if throttles++; throttles > c.limits.Throttles {
				return c.parked(f, c.backoff(throttles, time.Minute))
			}
			c.pace.hold(c.now().Add(throttled.delay(c.backoff(throttles, time.Second))))
		case f.Code == source.Unavailable || f.Code == source.IncompleteRead || f.Code == source.NotReached:
			if attempts++; attempts >= c.limits.Attempts {
				return err
			}
			c.pace.hold(c.now().Add(c.backoff(attempts, 500*time.Millisecond)))
		default:
			return err
		}
		c.log.DebugContext(ctx, "Graph is asked again", "code", f.Code, "request_id", f.RequestID)
	}
}

// wait holds the call back until it may be sent. A wait that is too long to sit
// through is a failure that says until when.
func (c *client) wait(ctx context.Context, units int) error {
	for {
		until := c.pace.ready(units)
		d := until.Sub(c.now())
		if d <= 0 {
			return ctx.Err() //nolint:wrapcheck // the context’s own word
		}
		if d > c.limits.LongestWait {
			return c.parked(&source.Failure{}, d)
		}
		if err := c.sleep(ctx, d); err != nil {
			return err
		}
	}
}

// parked says that Graph asked to wait for longer than a read can.
func (c *client) parked(f *source.Failure, d time.Duration) error {
	until := c.now().Add(d)
	c.pace.hold(until)
	return &source.Failure{
		Code: source.Throttled, Until: until, RequestID: f.RequestID,
		Msg:    "Microsoft Graph asked to wait until " + until.UTC().Format("15:04:05") + " UTC.",
		Advice: "Nothing needs to be done: reading goes on by itself. If this comes often, read less often, or fewer attributes.",
	}
}

// backoff grows with each time and is spread, so that several clients do not come
// back at once.
func (c *client) backoff(times int, first time.Duration) time.Duration {
	d := min(first<<min(times-1, 6), 60*time.Second)
	return d/2 + time.Duration(c.random()*float64(d/2))
}

// attempt sends the call once and reads its answer, within one attempt's time.
func (c *client) attempt(ctx context.Context, q call) error {
	ctx, cancel := bounded(ctx, c.limits.Timeout)
	defer cancel()
	req, err := runtime.NewRequest(ctx, http.MethodGet, q.url)
	if err != nil {
		return foreign("an address that is none")
	}
	runtime.SkipBodyDownload(req)
	req.Raw().Header.Set("Accept", "application/json")
	for name, value := range q.header {
		req.Raw().Header.Set(name, value)
	}
	if q.low {
		req.Raw().Header.Set("x-ms-throttle-priority", "low")
	}
	resp, err := c.pipeline.Do(req)
	if err != nil {
		return connectionFailure(ctx, err)
	}
	defer resp.Body.Close()
	c.pace.heed(resp.Header)
	body := &boundedBody{from: resp.Body, left: c.limits.Body}
	if resp.StatusCode != http.StatusOK {
		return c.answerFailure(resp, body)
	}
	if err := q.decode(body); err != nil {
		return bodyFailure(ctx, err, body, resp.Header.Get("request-id"))
	}
	return nil
}

// pin refuses an address that does not lead to the configured Graph.
func (c *client) pin(raw string) error {
	u, err := url.Parse(raw)
	if err != nil {
		return foreign("an address that is none")
	}
	if !c.to.pinned(u) {
		return foreign(u.Scheme + "://" + u.Host)
	}
	return nil
}

// address builds the address of a question.
func (c *client) address(path string, query url.Values) string {
	at := c.to.graph + "/" + version + path
	if len(query) > 0 {
		// Graph reads + as itself, not as a blank.
		at += "?" + encodeQuery(query)
	}
	return at
}

// errTooLarge is an answer that is not read to its end.
var errTooLarge = errors.New("the answer is too large")

// boundedBody reads no more than is allowed, and remembers why reading ended.
type boundedBody struct {
	from io.Reader
	left int64
	err  error // what the connection said, other than the end
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		b.err = errTooLarge
		return 0, errTooLarge
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.from.Read(p)
	b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err //nolint:wrapcheck // a reader passes on what it read
}
