package io.espalier.mlflow;

import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;
import java.util.function.LongConsumer;

/** A body of a request that says how much of it was taken. */
record Counted(HttpRequest.BodyPublisher body, LongConsumer moved) implements HttpRequest.BodyPublisher {

    @Override
    public long contentLength() {
        return body.contentLength();
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        body.subscribe(new Flow.Subscriber<>() {

            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscriber.onSubscribe(subscription);
            }

            @Override
            public void onNext(ByteBuffer bytes) {
                moved.accept(bytes.remaining());
                subscriber.onNext(bytes);
            }

            @Override
            public void onError(Throwable thrown) {
                subscriber.onError(thrown);
            }

            @Override
            public void onComplete() {
                subscriber.onComplete();
            }
        });
    }
}
