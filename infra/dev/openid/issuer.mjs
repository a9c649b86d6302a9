// An OpenID provider on a free port of loopback, which lets everybody in as ada. It prints its issuer, and ends with
// its standard input. A native client may be on any port (RFC 8252), which is not known before the app runs.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const client = (id, more) => ({
    client_id: id,
    application_type: 'native',
    redirect_uris: [`http://127.0.0.1/api/auth/${id}/callback`],
    client_secret: 'client secret, with: signs+',
    ...more,
});
const key = (type, options) =>
    ({ ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig' });

const server = createServer();
await once(server.listen(0, '127.0.0.1'), 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
    clients: [
        client('rs256', { id_token_signed_response_alg: 'RS256' }),
        client('es256', { id_token_signed_response_alg: 'ES256' }),
        client('public', { token_endpoint_auth_method: 'none', client_secret: undefined }),
    ],
    jwks: { keys: [key('rsa', { modulusLength: 2048 }), key('ec', { namedCurve: 'P-256' })] },
    cookies: { keys: [randomUUID()] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) =>
        ({ accountId: id, claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true, name: 'Ada' }) }),
    async loadExistingGrant({ oidc }) {
        const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
    },
});
const answer = provider.callback();
server.on('request', (request, response) => request.url.startsWith('/interaction/')
    ? provider.interactionFinished(request, response, { login: { accountId: 'ada' }, consent: {} })
    : answer(request, response));
process.stdin.on('end', () => process.exit()).resume();
console.log(issuer);
