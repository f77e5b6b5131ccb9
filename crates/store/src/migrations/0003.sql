-- All entries of one request, to take the request back.
CREATE INDEX change_request ON change (request);
