package entra

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"muster/models/source"
)

// refusal is why a sign-in was refused, as an administrator can mend it.
type refusal struct {
	code        source.Code
	msg, advice string
}

var (
	wrongTenant = refusal{
		source.WrongTenant, "There is no such tenant in this cloud.",
		"Compare the Directory (tenant) ID with the overview page of your app registration, and check the cloud.",
	}
	wrongApp = refusal{
		source.WrongApp, "The tenant has no application with this ID.",
		"Compare the Application (client) ID with the overview page of your app registration, and check that it was made in this tenant.",
	}
	secretWrong = refusal{
		source.SecretWrong, "The client secret is not one of the application’s.",
		"Copy the column Value of the secret, not its ID. Make a new secret in Entra if the value is gone.",
	}
	secretExpired = refusal{
		source.SecretExpired, "The client secret has expired.",
		"Make a new secret under Certificates & secrets of the app registration, and enter its value here.",
	}
	certificateWrong = refusal{
		source.SecretWrong, "The certificate is not one of the application’s, or it has expired.",
		"Upload the certificate’s public part under Certificates & secrets of the app registration, and check its dates and this machine’s clock.",
	}
	clockWrong = refusal{
		source.ClockWrong, "The sign-in was refused because its time is off.",
		"Set the clock of the machine on which Muster runs.",
	}
	appDisabled = refusal{
		source.SignInRefused, "The application is disabled in the tenant.",
		"Allow users to sign in under Properties of the enterprise application in Entra.",
	}
	policyRefused = refusal{
		source.SignInRefused, "A policy of the tenant refuses the sign-in.",
		"Look at the sign-in logs of the service principal in Entra, and at Conditional Access for workload identities.",
	}
	wrongCloud = refusal{
		source.WrongTenant, "The tenant does not belong to this cloud.",
		"Choose the cloud that the tenant lives in.",
	}
)

// signInRefusals are Microsoft's numbers for what goes wrong with a client that signs
// in for itself. They serve advice only: a number that is not here, or changes its
// meaning, still ends in a refusal by OAuth's word.
var signInRefusals = map[int]refusal{
	90002: wrongTenant, 900021: wrongTenant, 900023: wrongTenant, 90072: wrongTenant,
	700016: wrongApp, 7000229: wrongApp, 7000218: secretWrong,
	7000215: secretWrong, 7000216: secretWrong, 7000222: secretExpired,
	700027: certificateWrong, 700023: certificateWrong, 700024: clockWrong, 500133: clockWrong,
	7000112: appDisabled, 50105: policyRefused, 53003: policyRefused, 530035: policyRefused,
	900382: wrongCloud, 900432: wrongCloud, 500011: wrongCloud,
}

// oauthRefusals are the standard's words, for numbers that are not known.
var oauthRefusals = map[string]refusal{
	"invalid_tenant": wrongTenant, "unauthorized_client": wrongApp, "invalid_client": secretWrong,
}

// signInFailure classes a sign-in that gave no token, by how its last call ended.
func signInFailure(ctx context.Context, last error) error {
	var said *signInAnswer
	switch {
	case ctx.Err() != nil && !errors.Is(context.Cause(ctx), errTooSlow):
		return ctx.Err() //nolint:wrapcheck // the context’s own word
	case errors.As(last, &said):
		return said.failure()
	case last != nil:
		return connectionFailure(ctx, last)
	}
	return &source.Failure{
		Code: source.Unavailable, Msg: "The answer of Microsoft’s sign-in service could not be understood.",
		Advice: "Check whether a proxy between Muster and Microsoft changes answers.",
	}
}

func (a *signInAnswer) failure() error {
	f := &source.Failure{RequestID: a.id}
	if a.status >= 300 && a.status < 400 {
		return foreign("another address")
	}
	if a.status == http.StatusTooManyRequests || a.status >= 500 {
		f.Code, f.Msg = source.Unavailable, "Microsoft’s sign-in service answered "+strconv.Itoa(a.status)+"."
		f.Advice = "It is tried again by itself. If this lasts, look at Microsoft’s service health."
		if a.status == http.StatusTooManyRequests || a.after > 0 {
			f.Code, f.Err = source.Throttled, &retryAfter{a.after, a.after > 0}
		}
		return f
	}
	r, known := refusal{}, false
	for _, code := range a.codes {
		if r, known = signInRefusals[code]; known {
			break
		}
	}
	if !known {
		r, known = oauthRefusals[a.word]
	}
	if !known {
		r = refusal{source.SignInRefused, "Microsoft refused the sign-in.", "Look at the sign-in logs of the service principal in Entra."}
	}
	f.Code, f.Msg, f.Advice = r.code, r.msg, r.advice
	if len(a.codes) > 0 {
		f.Msg += " (AADSTS" + strconv.Itoa(a.codes[0]) + ")"
	}
	return f
}
