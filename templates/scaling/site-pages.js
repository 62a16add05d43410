// Sends people from www to the name without it, and answers /docs/ and /docs with /docs/index.html.
function handler(event) {
  var request = event.request;
  var host = request.headers.host.value;
  if (host.indexOf('www.') === 0) {
    return {
      statusCode: 301,
      statusDescription: 'Moved Permanently',
      headers: { location: { value: 'https://' + host.slice(4) + request.uri } },
    };
  }
  var last = request.uri.slice(request.uri.lastIndexOf('/') + 1);
  if (last === '') {
    request.uri += 'index.html';
  } else if (last.indexOf('.') === -1) {
    request.uri += '/index.html';
  }
  return request;
}
